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

/** `3.21 s (2.98–4.40)`: median and extremes of milliseconds. */
export function secondsText(values: readonly number[]): string {
  const text = (ms: number): string => (ms / 1000).toFixed(2);
  return `${text(median(values))} s (${text(quantile(values, 0))}–${text(quantile(values, 1))})`;
}

/** `120 ms (90–240)` */
export function millisecondsText(values: readonly number[]): string {
  return `${median(values).toFixed(0)} ms (${quantile(values, 0).toFixed(0)}–${quantile(values, 1).toFixed(0)})`;
}

/** A table in Markdown; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
