import { PROBE_BYTES } from "./dns-query.ts";
import {
  answerPatience,
  beginQuality,
  type HealthLimits,
  isInquired,
  isTrickleNoSign,
  judgeQuality,
  type Losses,
  lossesOf,
  type ProbeNews,
  type Quality,
  type QualityChange,
} from "./quality.ts";

/** Between two looks at a link that is asked; at one in use, whose last byte may be as old as a look; at one that is idle. */
export const LOOK_MS = 1_000;
export const USE_LOOK_MS = 500;
export const IDLE_LOOK_MS = 2_000;
/** All other times are a little less than whole looks, as timers are not exact. One question for each second of looks. */
const SPACING_MS = 700;
/** Nothing received for so long is worth a question. */
const QUIET_MS = 800;
/**
 * Nothing received for so long, and so many questions in vain: dead. The last byte came up to a look before: 4.5 to 5 s
 * in all. A link that lost a question lately may lose some more, and one that loses half of them is silent now and then.
 */
const SILENT = {
  clean: { ms: 4_200, questions: 4 },
  losing: { ms: 5_200, questions: 5 },
  lossy: { ms: 11_800, questions: 9 },
};
/** The same for LCP's echo, which the modem itself answers, each second; its last answer may be as old as an idle look. */
const ECHO_SILENT_MS = 3_800;
/** How long the first packet without an answer is waited for; longer on an idle link, whose radio has to wake up first. */
const PATIENCE_MS = { inUse: 2_800, idle: 3_800 };
/** Between two questions over a link that nobody sends through. What that costs is in docs/architecture.md. */
const IDLE_MS = 29_800;
/** Packets of others that are further apart than this belong to different attempts to get an answer. */
const ATTEMPT_GAP_MS = 5_000;
/** Questions in a row, one a second, beyond those that decide; what is not decided then is asked as seldom as over an idle link. */
const SPARE = 2;
/** Questions over a new link that is in use: whether its network answers has to be known before it falls silent. */
const GREETINGS = 5;
/** A link that nobody uses can wait, and is asked so often that a few questions are lost in a row by chance. */
const UNUSED_QUESTIONS = 6;
/** Looks with others' packets, or echoes: as many are no accident. */
const ENOUGH = 3;
/** A link on probation that stays silent for so long is dialled anew, the next time after twice as long. */
const PROBATION_MS = 30_000;
const PROBATION_MAX_MS = 300_000;
/** What came within this shows that a link that does badly is not dead. */
const ALIVE_MS = 5_000;

/** What one look at a link saw. */
export interface Look extends ProbeNews {
  /** On a clock that never goes back. */
  readonly atMs: number;
  /** The interface's counters. LCP is in neither (Linux, drivers/net/ppp/ppp_generic.c, ppp_input). */
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Another number after each answer to LCP's echo; null: not known. */
  readonly echo: number | null;
}

/** What is known of an uplink's network, longer than one link to it lasts. */
export interface Known {
  /** A link was redialled because of unanswered probes alone, and none was answered ever: this network may not answer them. */
  readonly doubted: boolean;
  /** A probe was answered, by this link or by one before it that this one is dialled anew for. */
  readonly answered: boolean;
  /** Links on probation in a row that stayed silent. */
  readonly silentProbations: number;
}

export interface LinkState {
  readonly known: Known;
  readonly quality: Quality;
  readonly atMs: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** The look that last saw bytes arrive; before there were any, the first look. */
  readonly heardAtMs: number;
  readonly isHeard: boolean;
  /** How it did when bytes last arrived. */
  readonly losses: Losses;
  /** Those bytes were the answer to a probe: as far as others go, the link is idle. */
  readonly idle: boolean;
  /** Probes sent since then. */
  readonly probes: number;
  /** Probes sent while bytes arrived, to see whether this network answers. */
  readonly greetings: number;
  readonly firstProbeAtMs: number | null;
  readonly lastProbeAtMs: number | null;
  /** The last look ended with a probe: its bytes are among those that the next one finds sent. */
  readonly probed: boolean;
  /** A probe was seen to leave by this link. Until our routing rules are in the kernel it goes elsewhere, and proves nothing. */
  readonly routed: boolean;
  /** Packets of others since the last byte arrived: how many looks saw some. */
  readonly sending: { readonly sinceMs: number; readonly lastMs: number; readonly looks: number } | null;
  /** LCP's echo: how often it was answered, and when last. */
  readonly echo: { readonly mark: number | null; readonly answers: number; readonly atMs: number };
}

/**
 * `probes`: they are not answered; `packets`: nor is what others sent; `echo`: the modem's own PPP says nothing any more;
 * `probation`: a link that was dialled anew for its silence is silent still.
 */
export type DeathReason = "probes" | "packets" | "echo" | "probation";

export interface Judgement {
  readonly state: LinkState;
  /** Ask, and wait so long for the answer, in ms; null: do not ask. */
  readonly probe: number | null;
  /** It is dead, suspect or well, and was not before. */
  readonly change: DeathReason | QualityChange | null;
  /** When the next look should come. */
  readonly lookInMs: number;
}

export const UNKNOWN: Known = { doubted: false, answered: false, silentProbations: 0 };

/**
 * The first look at a link that has just come up. On probation it has to show that it carries data; where it could not
 * show it, as nothing is ever answered there, there is no probation.
 */
export function beginWatch(look: Look, known: Known, onProbation: boolean): LinkState {
  return {
    known,
    quality: beginQuality(onProbation && known.answered),
    atMs: look.atMs,
    rxBytes: look.rxBytes,
    txBytes: look.txBytes,
    heardAtMs: look.atMs,
    isHeard: false,
    losses: "clean",
    idle: false,
    probes: 0,
    greetings: 0,
    firstProbeAtMs: null,
    lastProbeAtMs: null,
    probed: false,
    routed: false,
    sending: null,
    echo: { mark: look.echo, answers: 0, atMs: look.atMs },
  };
}

/**
 * What to think of a link after one more look at it, and whether to probe it now. Bytes that arrive, of whatever kind,
 * are life; a link that nothing arrives through is probed: soon when somebody sends, seldom when nobody does.
 */
export function judgeLink(before: LinkState, look: Look, limits: HealthLimits): Judgement {
  const { atMs } = look;
  const { state: seen, change } = withQuality(before, see(before, look), look, limits);
  const dead = deathOf(seen, atMs);
  if (dead !== null)
    return { state: { ...seen, known: knownAfter(seen, dead) }, probe: null, change: dead, lookInMs: 0 };
  if (!probeIsDue(seen, look)) return { state: seen, probe: null, change, lookInMs: nextLookMs(seen, atMs) };
  const asked = { ...seen, lastProbeAtMs: atMs, probed: true };
  const state = greetingIsDue(seen, atMs)
    ? { ...asked, greetings: seen.greetings + 1 }
    : { ...asked, probes: seen.probes + 1, firstProbeAtMs: seen.firstProbeAtMs ?? atMs };
  return { state, probe: answerPatience(atMs - seen.heardAtMs, limits), change, lookInMs: nextLookMs(state, atMs) };
}

export function isAnswered({ inTimeMs, lateMs }: ProbeNews): boolean {
  return inTimeMs.length > 0 || lateMs !== null;
}

function see(before: LinkState, look: Look): LinkState {
  const { atMs, rxBytes, txBytes } = look;
  const sent = txBytes - before.txBytes;
  const probeLeft = before.probed && sent >= PROBE_BYTES;
  const answered = isAnswered(look);
  const isHeard = rxBytes !== before.rxBytes || answered;
  const state: LinkState = {
    ...before,
    atMs,
    rxBytes,
    txBytes,
    isHeard,
    probed: false,
    routed: before.routed || probeLeft,
    known: answered ? { ...before.known, answered: true, doubted: false } : before.known,
    echo: echoAfter(before.echo, look),
  };
  if (isHeard)
    return { ...state, heardAtMs: atMs, idle: before.probes > 0, probes: 0, firstProbeAtMs: null, sending: null };
  if (sent <= (probeLeft ? PROBE_BYTES : 0)) return state;
  const { sending } = before;
  if (sending === null || atMs - sending.lastMs > ATTEMPT_GAP_MS)
    return { ...state, sending: { sinceMs: atMs, lastMs: atMs, looks: 1 } };
  return { ...state, sending: { ...sending, lastMs: atMs, looks: sending.looks + 1 } };
}

function echoAfter(echo: LinkState["echo"], { echo: mark, atMs }: Look): LinkState["echo"] {
  if (mark === echo.mark) return echo;
  return mark === null ? { ...echo, mark } : { mark, answers: echo.answers + 1, atMs };
}

function withQuality(
  before: LinkState,
  seen: LinkState,
  look: Look,
  limits: HealthLimits,
): { state: LinkState; change: QualityChange | null } {
  const receivedBytes = seen.rxBytes - before.rxBytes;
  const { quality, change } = judgeQuality(
    before.quality,
    {
      ...look,
      elapsedMs: look.atMs - before.atMs,
      isHeard: seen.isHeard,
      isAlive: look.atMs - seen.heardAtMs < ALIVE_MS,
      receivedBytes,
      bytes: receivedBytes + seen.txBytes - before.txBytes,
    },
    limits,
  );
  const known = quality.standing === "probation" ? seen.known : { ...seen.known, silentProbations: 0 };
  return { state: { ...seen, quality, known, losses: seen.isHeard ? lossesOf(quality) : seen.losses }, change };
}

function deathOf(state: LinkState, atMs: number): DeathReason | null {
  const { heardAtMs, idle, echo, sending, firstProbeAtMs, probes, routed } = state;
  const silentMs = atMs - heardAtMs;
  const { ms, questions } = SILENT[state.losses];
  if (silentMs < SILENT.clean.ms) return null;
  if (echo.answers >= ENOUGH && atMs - echo.atMs >= ECHO_SILENT_MS) return "echo";
  if (state.quality.standing === "probation") {
    const patienceMs = Math.min(PROBATION_MS * 2 ** state.known.silentProbations, PROBATION_MAX_MS);
    return routed && silentMs >= patienceMs ? "probation" : null;
  }
  if (silentMs < ms) return null;
  if (!routed || !probesTell(state))
    return sending !== null && sending.looks >= ENOUGH && atMs - sending.sinceMs >= PATIENCE_MS.idle ? "packets" : null;
  const isUnused = idle && sending === null;
  if (probes < (isUnused ? Math.max(questions, UNUSED_QUESTIONS) : questions)) return null;
  const firstAtMs = Math.min(firstProbeAtMs ?? atMs, sending?.sinceMs ?? atMs);
  return atMs - firstAtMs >= (idle ? PATIENCE_MS.idle : PATIENCE_MS.inUse) ? "probes" : null;
}

function knownAfter({ known }: LinkState, dead: DeathReason): Known {
  if (dead === "probation") return { ...known, silentProbations: known.silentProbations + 1 };
  return { ...known, doubted: known.doubted || (dead === "probes" && !known.answered) };
}

/** Whether silence after probes alone means something: not where none was answered even by a link dialled anew for it. */
function probesTell({ known: { answered, doubted } }: LinkState): boolean {
  return answered || !doubted;
}

/** Something was sent and is not answered yet. */
function isUrgent(state: LinkState): boolean {
  return state.sending !== null || (state.probes > 0 && probesTell(state));
}

function greetingIsDue({ known, greetings, probes, heardAtMs }: LinkState, atMs: number): boolean {
  const isInUse = probes === 0 && atMs - heardAtMs < QUIET_MS;
  return isInUse && !known.answered && !known.doubted && greetings < GREETINGS;
}

function probeIsDue(state: LinkState, look: Look): boolean {
  const { probes, heardAtMs, idle, lastProbeAtMs } = state;
  const { atMs } = look;
  if (lastProbeAtMs !== null && atMs - lastProbeAtMs < SPACING_MS) return false;
  if (greetingIsDue(state, atMs)) return true;
  const isQuiet = atMs - heardAtMs >= QUIET_MS;
  // What arrived may be no more than the answer to the last question.
  if (isInquired(state.quality) && (isQuiet || idle || isAnswered(look) || isTrickleNoSign(state.quality, atMs)))
    return true;
  if (isUrgent(state) && probes < SILENT[state.losses].questions + SPARE) return isQuiet;
  if (probes > 0) return lastProbeAtMs !== null && atMs - lastProbeAtMs >= IDLE_MS;
  // Asked once when a stream of data ends, for its receiver may say nothing when it breaks off; and so is a new link.
  return idle ? atMs - heardAtMs >= IDLE_MS : isQuiet;
}

function nextLookMs(state: LinkState, atMs: number): number {
  const isInUse = !state.idle && state.probes === 0;
  const askedAtMs = state.sending?.sinceMs ?? state.firstProbeAtMs;
  const isInDoubt = isUrgent(state) && askedAtMs !== null && atMs - askedAtMs < SILENT[state.losses].ms;
  if (isInUse || isInDoubt) return USE_LOOK_MS;
  const echoIsLate = state.echo.answers >= ENOUGH && state.echo.atMs < atMs;
  return isUrgent(state) || echoIsLate || isInquired(state.quality) ? LOOK_MS : IDLE_LOOK_MS;
}
