/** A stretch of time, in ms. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[1, 2, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 7 * 24].map((count) => count * HOUR),
];

/** Where `at` lies in the range, from 0 to 1; beyond its ends at them. */
export function fractionOf({ from, to }: TimeRange, at: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (at - from) / (to - from)));
}

/** Round times within the range, at most `most` of them; `zoneMs` is how much the clock here is ahead of UTC. */
export function timeTicks({ from, to }: TimeRange, most: number, zoneMs: number): readonly number[] {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? (to - from) / most;
  const ticks: number[] = [];
  for (let tick = Math.ceil((from + zoneMs) / step) * step - zoneMs; tick <= to && ticks.length < most; tick += step) {
    ticks.push(tick);
  }
  return ticks;
}

/** A round number that is no smaller, for the top of a plot: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

const SHORTEST_MS = 20 * SECOND;

/** The range made `factor` times as long around `at`, not beyond what there is to see. */
export function zoomed({ from, to }: TimeRange, factor: number, at: number, whole: TimeRange): TimeRange {
  const length = Math.max(SHORTEST_MS, Math.min((to - from) * factor, whole.to - whole.from));
  const begin = at - fractionOf({ from, to }, at) * length;
  const first = Math.max(whole.from, Math.min(begin, whole.to - length));
  return { from: first, to: first + length };
}
