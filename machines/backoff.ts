/**
 * How long to wait before try number `attempts` + 1: doubles from `baseMs` up to `maxMs`, spread by ±20 % so
 * that sticks that failed together do not try together. `random` gives [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, maxMs: number, random: () => number): number {
  const doubled = baseMs * 2 ** Math.min(Math.max(attempts - 1, 0), 20);
  return Math.round(Math.min(doubled, maxMs) * (0.8 + 0.4 * random()));
}
