import { printable } from "../../machines/failure.ts";
import type { Report, Summary } from "./types.ts";

const WIDTH = 720;
const LABELS = 190;
const FIGURES = 90;
const TOP = 64;
const BAR = 18;
const STEP = 26;
const BOTTOM = 40;
const PLOT = WIDTH - LABELS - FIGURES;

/** The medians as bars, with the least and the most as whiskers and the average as a tick: a file of its own, for a report. */
export function renderSvg({ url, startedAt, bounds, repetitions, summaries }: Report): string {
  const top = niceCeiling(Math.max(1, ...summaries.map(({ most }) => most ?? 0)));
  const height = TOP + STEP * summaries.length + BOTTOM;
  const at = (rate: number): number => round(LABELS + (PLOT * rate) / top);
  const ticks = [0, 1, 2, 3, 4].map((part) => (top * part) / 4);
  const axis = ticks.map(
    (tick) =>
      `<path d="M${at(tick)} ${TOP - 8}V${height - BOTTOM + 4}" stroke="#ccc"/>` +
      `<text x="${at(tick)}" y="${height - 18}" text-anchor="middle">${kilobytes(tick)}</text>`,
  );
  const conditions = `${startedAt.slice(0, 10)}, ${repetitions} × ${bounds.bytes / 1e6} MB or ${bounds.seconds} s, ${printable(url, 80)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#222" role="img">`,
    `<title>HTTP download, kB/s</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="24" font-size="16">HTTP download, kB/s: median, average (tick), least and most</text>`,
    `<text x="12" y="43" fill="#555">${escaped(conditions)}</text>`,
    ...axis,
    ...summaries.map((summary, index) => bar(summary, TOP + STEP * index, at)),
    `</svg>`,
    "",
  ].join("\n");
}

function bar(summary: Summary, y: number, at: (rate: number) => number): string {
  const { path, connections, median, average, least, most } = summary;
  const middle = y + BAR / 2;
  const label = `${printable(path, 20)}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
  const name = `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`;
  if (median === null || average === null || least === null || most === null) {
    return `${name}<text x="${LABELS + 6}" y="${middle + 4}" fill="#b00">no run counts</text>`;
  }
  // Blue and orange are told apart by all, and as grey too.
  const colour = connections === 1 ? "#0072b2" : "#e69f00";
  return (
    `${name}<rect x="${LABELS}" y="${y}" width="${round(at(median) - LABELS)}" height="${BAR}" fill="${colour}"/>` +
    `<path d="M${at(least)} ${middle}H${at(most)}M${at(least)} ${y + 5}V${y + BAR - 5}M${at(most)} ${y + 5}V${y + BAR - 5}M${at(average)} ${y}V${y + BAR}" stroke="#222" fill="none"/>` +
    `<text x="${round(at(most) + 6)}" y="${middle + 4}">${kilobytes(median)}</text>`
  );
}

/** A round number at or above this, that four parts of are round too. */
function niceCeiling(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 8].find((step) => step * size >= value) ?? 10) * size;
}

function kilobytes(rate: number): string {
  const value = rate / 1000;
  return value >= 10 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
