import { fill, textWidth } from "../../src/cli/text-width.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Said behind the bar. */
  readonly text: string;
}

/** Bars of text, the longest as long as `columns` allow. */
export function barChart(bars: readonly Bar[], columns: number): string {
  const labels = Math.max(0, ...bars.map(({ label }) => textWidth(label)));
  const texts = Math.max(0, ...bars.map(({ text }) => textWidth(text)));
  const longest = Math.max(1, ...bars.map(({ value }) => value));
  const room = Math.max(1, columns - labels - texts - 6);
  return bars
    .map(({ label, value, text }) => {
      const length = value <= 0 ? 0 : Math.max(1, Math.round((room * value) / longest));
      return `  ${fill(label, labels)}  ${"█".repeat(length)}${length === 0 ? "" : "  "}${text}`;
    })
    .join("\n");
}
