import { median, quantile, table } from "../statistics.ts";
import { CONTESTANTS } from "./contestant.ts";
import type { Row, Sample } from "./figure.ts";
import { NAMES, type RowResult } from "./results.ts";

/** The comparison as a table in Markdown: median and extremes of the runs that gave a figure, and in words what the others gave. */
export function comparisonTable(rows: readonly RowResult[]): string {
  const body = rows.map((row) => [
    row.title,
    ...CONTESTANTS.map((key) => cell(row, row.samples[key])),
    String(Math.max(...CONTESTANTS.map((key) => row.samples[key].length))),
    row.date,
  ]);
  return table([["", ...CONTESTANTS.map((key) => NAMES[key]), "runs", "on"], ...body]);
}

const BEGIN = "<!-- npm run bench -- --only COMPARE: begin -->";
const END = "<!-- npm run bench -- --only COMPARE: end -->";

/** The text with another table between its two marks. @throws when it has no such marks. */
export function replaceTable(text: string, table: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the text has no place for the table, from ${BEGIN} to ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`;
}

/** `3.21 s (2.98–4.40)`, `not within 180 s`, or both with how often. */
export function cell(row: Pick<Row, "unit">, samples: readonly Sample[]): string {
  if (samples.length === 0) return "not measured";
  const figures = numbers(samples);
  const words = samples.filter((sample) => typeof sample === "string");
  const counted = [...new Set(words)].map((text) => {
    const times = words.filter((word) => word === text).length;
    return times === samples.length ? text : `${times} of ${samples.length}: ${text}`;
  });
  return [...(figures.length === 0 ? [] : [figureText(row, figures)]), ...counted].join("; ");
}

/** The figures among the samples. */
export function numbers(samples: readonly Sample[]): readonly number[] {
  return samples.filter((sample) => typeof sample === "number");
}

/** A median in the row's unit, e.g. `3.21 s`. */
export function valueText({ unit }: Pick<Row, "unit">, value: number): string {
  return `${scaled(unit, value)} ${unit}`;
}

function figureText(row: Pick<Row, "unit">, figures: readonly number[]): string {
  const middle = valueText(row, median(figures));
  if (figures.length === 1) return middle;
  return `${middle} (${scaled(row.unit, quantile(figures, 0))}–${scaled(row.unit, quantile(figures, 1))})`;
}

/** Times are kept in milliseconds and shown in seconds. */
function scaled(unit: Row["unit"], value: number): string {
  if (unit === "s") return (value / 1_000).toFixed(2);
  return value.toFixed(unit === "MB" ? 0 : 1);
}
