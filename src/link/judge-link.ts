import { PROBE_BYTES } from "./dns-query.ts";

/** Between two looks at a link; and while it is idle. All other times are a little less than whole looks: timers are not exact. */
export const LOOK_MS = 1_000;
export const IDLE_LOOK_MS = 2_000;
/** Nothing received for so long is worth a question. */
const QUIET_MS = 1_800;
/** Nothing received for so long, and every question in vain: dead. The last byte came up to a look before: 5 to 6 s in all. */
const SILENT_MS = 4_800;
/** The same for LCP's echo, which the modem itself answers, each second; its last answer may be as old as an idle look. */
const ECHO_SILENT_MS = 3_800;
/** How long the first packet without an answer is waited for; longer on an idle link, whose radio has to wake up first. */
const PATIENCE_MS = { inUse: 2_800, idle: 3_800 };
/** Between two questions over a link that nobody sends through. What that costs is in docs/architecture.md. */
const IDLE_MS = 29_800;
/** Packets of others that are further apart than this belong to different attempts to get an answer. */
const ATTEMPT_GAP_MS = 5_000;
/** Questions in a row, one in each look; what is not decided by then is asked as seldom as over an idle link. */
const BURST = 5;
/** Questions, looks with others' packets, or echoes: as many are no accident. */
const ENOUGH = 3;

/** What one look at a link saw. */
export interface Look {
  /** On a clock that never goes back. */
  readonly atMs: number;
  /** The interface's counters. LCP is in neither (Linux, drivers/net/ppp/ppp_generic.c, ppp_input). */
  readonly rxBytes: number;
  readonly txBytes: number;
  /** A probe was answered since the last look. */
  readonly answered: boolean;
  /** Another number after each answer to LCP's echo; null: not known. */
  readonly echo: number | null;
}

export interface LinkState {
  readonly rxBytes: number;
  readonly txBytes: number;
  /** The look that last saw bytes arrive; before there were any, the first look. */
  readonly heardAtMs: number;
  /** Those bytes were the answer to a probe: as far as others go, the link is idle. */
  readonly idle: boolean;
  /** Probes sent since then. */
  readonly probes: number;
  readonly firstProbeAtMs: number | null;
  readonly lastProbeAtMs: number | null;
  /** The last look ended with a probe: its bytes are among those that the next one finds sent. */
  readonly probed: boolean;
  /** A probe was seen to leave by this link. Until our routing rules are in the kernel it goes elsewhere, and proves nothing. */
  readonly routed: boolean;
  /** A probe was answered since the link came up. */
  readonly answered: boolean;
  /**
   * A link of this port was redialled because of unanswered probes alone, and none was answered since: this network may
   * just not answer them. Outlives the link.
   */
  readonly doubted: boolean;
  /** Packets of others since the last byte arrived: how many looks saw some. */
  readonly sending: { readonly sinceMs: number; readonly lastMs: number; readonly looks: number } | null;
  /** LCP's echo: how often it was answered, and when last. */
  readonly echo: { readonly mark: number | null; readonly answers: number; readonly atMs: number };
}

/** `probes`: they are not answered; `packets`: nor is what others sent; `echo`: the modem's own PPP says nothing any more. */
export type DeathReason = "probes" | "packets" | "echo";

export interface Judgement {
  readonly state: LinkState;
  readonly probe: boolean;
  readonly dead: DeathReason | null;
  /** The next look should come after LOOK_MS, not IDLE_LOOK_MS: the link is in use, or in doubt. */
  readonly soon: boolean;
}

/** The first look at a link that has just come up. */
export function beginWatch(look: Look, doubted: boolean): LinkState {
  return {
    rxBytes: look.rxBytes,
    txBytes: look.txBytes,
    heardAtMs: look.atMs,
    idle: false,
    probes: 0,
    firstProbeAtMs: null,
    lastProbeAtMs: null,
    probed: false,
    routed: false,
    answered: false,
    doubted,
    sending: null,
    echo: { mark: look.echo, answers: 0, atMs: look.atMs },
  };
}

/**
 * What to think of a link after one more look at it, and whether to probe it now. Bytes that arrive, of whatever kind,
 * are life; a link that nothing arrives through is probed: soon when somebody sends, seldom when nobody does.
 */
export function judgeLink(before: LinkState, look: Look): Judgement {
  const seen = see(before, look);
  const dead = deathOf(seen, look.atMs);
  if (dead !== null)
    return { state: { ...seen, doubted: seen.doubted || dead === "probes" }, probe: false, dead, soon: false };
  if (!probeIsDue(seen, look.atMs)) return { state: seen, probe: false, dead, soon: lookSoon(seen, look.atMs) };
  const state = {
    ...seen,
    probes: seen.probes + 1,
    firstProbeAtMs: seen.firstProbeAtMs ?? look.atMs,
    lastProbeAtMs: look.atMs,
    probed: true,
  };
  return { state, probe: true, dead, soon: lookSoon(state, look.atMs) };
}

function see(before: LinkState, look: Look): LinkState {
  const { atMs, rxBytes, txBytes } = look;
  const sent = txBytes - before.txBytes;
  const probeLeft = before.probed && sent >= PROBE_BYTES;
  const state: LinkState = {
    ...before,
    rxBytes,
    txBytes,
    probed: false,
    routed: before.routed || probeLeft,
    answered: before.answered || look.answered,
    doubted: before.doubted && !look.answered,
    echo: echoAfter(before.echo, look),
  };
  if (rxBytes !== before.rxBytes || look.answered)
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

function deathOf(state: LinkState, atMs: number): DeathReason | null {
  const { heardAtMs, idle, echo, sending, firstProbeAtMs, probes, routed } = state;
  if (atMs - heardAtMs < SILENT_MS) return null;
  if (echo.answers >= ENOUGH && atMs - echo.atMs >= ECHO_SILENT_MS) return "echo";
  if (sending !== null && sending.looks >= ENOUGH && atMs - sending.sinceMs >= PATIENCE_MS.idle) return "packets";
  if (!routed || probes < ENOUGH || !probesTell(state)) return null;
  const firstAtMs = Math.min(firstProbeAtMs ?? atMs, sending?.sinceMs ?? atMs);
  return atMs - firstAtMs >= (idle ? PATIENCE_MS.idle : PATIENCE_MS.inUse) ? "probes" : null;
}

/** Whether silence after probes alone means something: not where none was answered even by a link dialled anew for it. */
function probesTell({ answered, doubted }: LinkState): boolean {
  return answered || !doubted;
}

/** Something was sent and is not answered yet. */
function isUrgent(state: LinkState): boolean {
  return state.sending !== null || (state.probes > 0 && probesTell(state));
}

function probeIsDue(state: LinkState, atMs: number): boolean {
  const { probes, heardAtMs, idle, lastProbeAtMs } = state;
  if (isUrgent(state) && probes < BURST) return atMs - heardAtMs >= QUIET_MS;
  if (probes > 0) return lastProbeAtMs !== null && atMs - lastProbeAtMs >= IDLE_MS;
  // Asked once when a stream of data ends, for its receiver may say nothing when it breaks off; and so is a new link.
  return atMs - heardAtMs >= (idle ? IDLE_MS : QUIET_MS);
}

function lookSoon(state: LinkState, atMs: number): boolean {
  const isInUse = !state.idle && state.probes === 0;
  const echoIsLate = state.echo.answers >= ENOUGH && state.echo.atMs < atMs;
  return isInUse || isUrgent(state) || echoIsLate;
}
