import type { Run, Summary } from "./types.ts";

/** The middle value; of an even number of values the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between the nearest ranks; `part` from 0 to 1. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** A summary for each path and number of connections, in the order in which these first occur. */
export function summarize(runs: readonly Run[]): Summary[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.connections} ${run.path}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const good = group.filter(({ failure }) => failure === null);
    const rates = good.map(({ bytes, seconds }) => bytes / seconds);
    const orNull = (value: number): number | null => (good.length === 0 ? null : value);
    return {
      path: first.path,
      connections: first.connections,
      good: good.length,
      failed: group.length - good.length,
      average: orNull(rates.reduce((sum, rate) => sum + rate, 0) / good.length),
      median: orNull(median(rates)),
      least: orNull(Math.min(...rates)),
      most: orNull(Math.max(...rates)),
      cpu: orNull(median(good.map(({ cpu }) => cpu))),
      load: orNull(median(good.map(({ load }) => load))),
    };
  });
}
