/** A rate counts when it was kept up for so long. All other times are whole windows. */
const WINDOW_MS = 4_500;
/** A window in which nobody looked for so long (the computer slept) says nothing. */
const TORN_MS = 15_000;
/** Below this rate it is chatter, and says nothing of what the link could carry. Bytes a second. */
const BUSY_RATE = 10_000;
/** Busy windows in a row before they count: the first one is a beginning, as of TCP's slow start. */
const SETTLED = 3;
/** How slowly a rate that is not reached any more is forgotten: by half in 28 busy minutes. */
const FORGET_MS = 40 * 60_000;

/** What a link has shown that it can carry. */
export interface Capacity {
  /** Received bytes a second; null: nothing shown yet. */
  readonly rate: number | null;
  /** Counters at the beginning of the window. */
  readonly startMs: number;
  readonly rxBytes: number;
  /** Windows without a break that were busy, and the rate of the last of them. */
  readonly busy: number;
  readonly last: number;
}

/** What the counters of its interface said. */
export interface Counted {
  readonly atMs: number;
  readonly rxBytes: number;
}

/** A link that was not looked at yet; `rate` from earlier, if known. */
export function beginCapacity({ atMs, rxBytes }: Counted, rate: number | null): Capacity {
  return { rate, startMs: atMs, rxBytes, busy: 0, last: 0 };
}

/**
 * What one more look at the counters teaches. A link cannot carry less than it does: so a rate is believed as soon as two windows
 * after each other reached it (one alone may hold what had waited before it). That it cannot carry more is never known, only
 * that nobody saw it: so a rate that is not reached is forgotten slowly, and only while the link is busy.
 */
export function learnCapacity(before: Capacity, { atMs, rxBytes }: Counted): Capacity {
  const passedMs = atMs - before.startMs;
  if (rxBytes < before.rxBytes || passedMs > TORN_MS) return beginCapacity({ atMs, rxBytes }, before.rate);
  if (passedMs < WINDOW_MS) return before;
  const rate = ((rxBytes - before.rxBytes) * 1_000) / passedMs;
  const next = beginCapacity({ atMs, rxBytes }, before.rate);
  if (rate < BUSY_RATE) return next;
  const busy = before.busy + 1;
  if (busy < SETTLED) return { ...next, busy, last: rate };
  const remembered = (before.rate ?? 0) * Math.exp(-passedMs / FORGET_MS);
  return { ...next, busy, last: rate, rate: Math.max(remembered, Math.min(before.last, rate)) };
}

const MINUTE_MS = 60_000;

/**
 * Whether it is time to weigh links anew, `ageMs` after the last time: not within a minute; then by a difference of a
 * quarter, after two minutes of an eighth, from five minutes on of a twentieth. For who is kept on a link by host is spread
 * anew by each change, and a change that nobody would notice is not worth that.
 */
export function isWorthAChange(known: number | null, rate: number, ageMs: number): boolean {
  if (ageMs < MINUTE_MS) return false;
  if (known === null) return true;
  return Math.abs(rate - known) / known >= Math.max(0.05, (0.25 * MINUTE_MS) / ageMs);
}
