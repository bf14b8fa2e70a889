import { median, quantile } from "../../src/measure/statistics.ts";

export { median, quantile };

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
