/** Good signs for so long, a little less than ten whole looks: a link is well. */
const WELL_MS = 9_700;
/** Looks with a good sign in that time, at most one counted each second; and questions in vain among them. */
const WELL_SIGNS = 7;
const WELL_FAILURES = 1;
/** The last of them is no older than this. */
const LAST_SIGN_MS = 1_300;
/** Looks that are nearer to each other than this are of the same second. */
const SECOND_MS = 700;
/** Questions that a link is judged by. Half of the default limit is what 5 % loss each way does to them. */
const WINDOW = 30;
/** The newest of them; that many in vain among them are worth an inquiry, one question each second. */
const RECENT = 10;
const INQUIRED = 3;
/** More in vain: seconds of silence are no news. */
const LOSSY = 4;
/** Bytes of others in a second, either way, that may fill a queue of a slow link; and how long that takes to empty. */
const LOAD = 4_000;
const QUEUE_MS = 5_000;
/** Nothing arrived for so long: a link may be dead, or its radio asleep and slow to wake. */
const ASLEEP_MS = 5_000;
const WAKE_UP_MS = 3_000;

/** From when on a link is suspect; from the config. */
export interface HealthLimits {
  /** Part of the last questions that were not answered in time, 0–1. */
  readonly loss: number;
  /** In time is within this. */
  readonly latencyMs: number;
}

/** What came of questions over a link since it was last looked at. */
export interface ProbeNews {
  /** How long the answers took that came in time, in ms. */
  readonly inTimeMs: readonly number[];
  /** How long ago those were asked that were not answered in time, by servers that answer else. */
  readonly failedAgoMs: readonly number[];
  /** How long the last answer took that came too late; null: none did. */
  readonly lateMs: number | null;
}

/** One look at a link, as far as its quality goes. */
export interface QualityLook extends ProbeNews {
  readonly atMs: number;
  readonly elapsedMs: number;
  /** Bytes arrived, of whatever kind. */
  readonly isHeard: boolean;
  /** Something arrived within the last seconds. */
  readonly isAlive: boolean;
  /** Received and sent since the last look, questions and answers included. */
  readonly receivedBytes: number;
  readonly bytes: number;
}

export interface Quality {
  readonly standing: "good" | "suspect" | "probation";
  /** What became of the last questions, newest last: ms to the answer; null: not in time. */
  readonly answers: readonly (number | null)[];
  readonly lateMs: number | null;
  /** When others last sent or received enough to fill a queue: how long an answer takes then says nothing. */
  readonly loadedAtMs: number | null;
  /** Good signs, with hardly a bad one between them. */
  readonly run: {
    readonly sinceMs: number;
    readonly lastMs: number;
    readonly signs: number;
    readonly failures: number;
  } | null;
}

export type QualityChange = "suspect" | "well";

export function beginQuality(onProbation: boolean): Quality {
  return {
    standing: onProbation ? "probation" : "good",
    answers: [],
    lateMs: null,
    loadedAtMs: null,
    run: null,
  };
}

/** What to think of a link's quality after one more look. Hysteresis: it falls by the last 30 questions, and rises by 10 s of good signs. */
export function judgeQuality(
  before: Quality,
  look: QualityLook,
  limits: HealthLimits,
): { readonly quality: Quality; readonly change: QualityChange | null } {
  const { atMs, elapsedMs, inTimeMs } = look;
  const isLoaded = look.bytes * 1_000 >= LOAD * elapsedMs;
  const loadedAtMs = isLoaded ? atMs : before.loadedAtMs;
  const queues = loadedAtMs !== null && atMs - loadedAtMs < QUEUE_MS;
  const failed = queues ? [] : look.failedAgoMs.map((agoMs) => atMs - agoMs);
  const answers = [...before.answers, ...failed.map(() => null), ...inTimeMs].slice(-WINDOW);
  const quality: Quality = {
    ...before,
    answers,
    loadedAtMs,
    lateMs: look.lateMs ?? before.lateMs,
    run: runAfter(before, look, failed),
  };
  if (before.standing !== "good" && isLongEnough(quality.run, atMs)) {
    // What was lost in the dark says nothing of how the link does now; a suspect one falls sooner the second time.
    const kept = before.standing === "probation" ? [] : answers.slice(-RECENT);
    return { quality: { ...quality, standing: "good", answers: kept, run: null }, change: "well" };
  }
  const isPoor = failures(answers) >= Math.max(INQUIRED, Math.ceil(limits.loss * WINDOW));
  if (before.standing !== "suspect" && isPoor && look.isAlive)
    return { quality: { ...quality, standing: "suspect", run: null }, change: "suspect" };
  return { quality, change: null };
}

/** A suspect link must answer, or carry much: a trickle through a link that loses half of its packets shows nothing. */
function isGoodSign({ standing }: Quality, look: QualityLook): boolean {
  if (standing === "probation") return look.isHeard;
  return look.inTimeMs.length > 0 || look.receivedBytes * 1_000 >= LOAD * look.elapsedMs;
}

function runAfter(before: Quality, look: QualityLook, failedAtMs: readonly number[]): Quality["run"] {
  const { atMs, elapsedMs } = look;
  const isGood = isGoodSign(before, look);
  if (before.standing === "good") return null;
  const fresh = isGood ? { sinceMs: atMs - Math.min(elapsedMs, 1_000), lastMs: atMs, signs: 1, failures: 0 } : null;
  const { run } = before;
  if (run === null) return fresh;
  // Those that were asked before the first good sign belong to the bad time.
  const failures = run.failures + failedAtMs.filter((askedMs) => askedMs >= run.sinceMs).length;
  if (failures > WELL_FAILURES) return fresh;
  if (!isGood || atMs - run.lastMs < SECOND_MS) return { ...run, failures };
  return { ...run, failures, lastMs: atMs, signs: run.signs + 1 };
}

function isLongEnough(run: Quality["run"], atMs: number): boolean {
  return run !== null && run.signs >= WELL_SIGNS && atMs - run.lastMs < LAST_SIGN_MS && atMs - run.sinceMs >= WELL_MS;
}

function failures(answers: readonly (number | null)[]): number {
  return answers.filter((ms) => ms === null).length;
}

/** Whether it is to be asked each second in which others bring no sign. */
export function isInquired({ standing, answers }: Quality): boolean {
  return standing !== "good" || failures(answers.slice(-RECENT)) >= INQUIRED;
}

/** Whether the little that others bring says nothing of how it does: some of them get through a link that loses half of its packets. */
export function isTrickleNoSign({ standing, loadedAtMs }: Quality, atMs: number): boolean {
  return standing === "suspect" || (standing === "good" && loadedAtMs !== atMs);
}

/** How much it lost lately: so much, or some at least, that some seconds of silence are no news. */
export type Losses = "clean" | "losing" | "lossy";

export function lossesOf({ standing, answers }: Quality): Losses {
  const failed = failures(answers.slice(-RECENT));
  if (standing === "suspect" || failed >= LOSSY) return "lossy";
  return failed > 0 ? "losing" : "clean";
}

/** How long an answer is waited for before the question counts as lost; a radio that is asleep has to wake up first. */
export function answerPatience(silentMs: number, { latencyMs }: HealthLimits): number {
  return latencyMs + (silentMs >= ASLEEP_MS ? WAKE_UP_MS : 0);
}

/** In figures: `13 of the last 30 questions were not answered within 2000 ms (43 %); half of the others took less than 340 ms`. */
export function qualityText({ answers, lateMs }: Quality, { latencyMs }: HealthLimits): string {
  const lost = failures(answers);
  const share = Math.round((100 * lost) / Math.max(answers.length, 1));
  const text = `${lost} of the last ${answers.length} questions were not answered within ${latencyMs} ms (${share} %)`;
  const times = answers.filter((ms) => ms !== null).sort((a, b) => a - b);
  const middle = times[times.length >> 1];
  const others = middle === undefined ? "" : `; the others took ${Math.round(middle)} ms in the median`;
  return text + others + (lateMs === null ? "" : `; the last late answer took ${Math.round(lateMs)} ms`);
}
