import { median, quantile } from "../statistics.ts";
import { CONTESTANTS, type ContestantKey } from "./contestant.ts";
import { NAMES, type RowResult } from "./results.ts";
import { cell, numbers, valueText } from "./table.ts";

const WIDTH = 790;
const LEFT = 14;
const LABELS = 240;
const FIGURES = 110;
const TOP = 62;
const BAR = 14;
const STEP = 18;
const TITLE = 22;
const GAP = 14;
const PLOT = WIDTH - LABELS - FIGURES;
/** Told apart by all, and as grey too. */
const COLOURS: Readonly<Record<ContestantKey, string>> = { wanherd: "#0072b2", thesis: "#e69f00", managers: "#999999" };

/** The medians as bars with the extremes as whiskers, a group for each row with a scale of its own; less is better in all. */
export function comparisonChart(rows: readonly RowResult[]): string {
  const group = TITLE + STEP * CONTESTANTS.length + GAP;
  const conditions = [...new Set(rows.map(({ date, machine }) => `${date}, ${machine}`))].join("; ");
  const height = TOP + group * rows.length + 6;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#222" role="img">`,
    `<title>Comparison on the virtual bus</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-size="16">Comparison on the virtual bus: medians, least and most; less is better</text>`,
    `<text x="${LEFT}" y="43" fill="#555">${escaped(conditions)}</text>`,
    ...rows.flatMap((row, index) => groupOf(row, TOP + group * index)),
    `</svg>`,
    "",
  ].join("\n");
}

function groupOf(row: RowResult, y: number): readonly string[] {
  const most = Math.max(...CONTESTANTS.flatMap((key) => numbers(row.samples[key])), Number.MIN_VALUE);
  return [
    `<text x="${LEFT}" y="${y + 13}" font-weight="bold">${escaped(row.title)}</text>`,
    ...CONTESTANTS.map((key, index) => bar(row, key, y + TITLE + STEP * index, most)),
  ];
}

function bar(row: RowResult, key: ContestantKey, y: number, most: number): string {
  const middle = y + BAR / 2;
  const name = `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escaped(NAMES[key])}</text>`;
  const samples = row.samples[key];
  const figures = numbers(samples);
  if (figures.length === 0) {
    return `${name}<text x="${LABELS + 4}" y="${middle + 4}" fill="#b00">${escaped(cell(row, samples))}</text>`;
  }
  const at = (value: number): number => round(LABELS + (PLOT * value) / most);
  const [low, centre, high] = [quantile(figures, 0), median(figures), quantile(figures, 1)].map(at) as [
    number,
    number,
    number,
  ];
  const some = figures.length === samples.length ? "" : ` (${figures.length} of ${samples.length})`;
  const whisker =
    figures.length === 1
      ? ""
      : `<path d="M${low} ${middle}H${high}M${low} ${y + 4}V${y + BAR - 4}M${high} ${y + 4}V${y + BAR - 4}" stroke="#222" fill="none"/>`;
  return (
    `${name}<rect x="${LABELS}" y="${y}" width="${round(centre - LABELS)}" height="${BAR}" fill="${COLOURS[key]}"/>${whisker}` +
    `<text x="${round(high + 6)}" y="${middle + 4}">${valueText(row, median(figures))}${some}</text>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
