import { printable } from "../../../machines/failure.ts";
import { costOf, TOGETHER } from "../../measure/plan.ts";
import type { Plan, PlannedRun, Report, Run, Summary } from "../../measure/types.ts";
import type { Page } from "../render-status.ts";
import { bytesText, fill, textWidth, wrap } from "../text-width.ts";
import { secondsText } from "../time-text.ts";

const HEADS = ["LINK", "CONNECTIONS", "AVERAGE", "MEDIAN", "LEAST", "MOST", "CPU", "LOAD", "RUNS"] as const;
const GAP = "  ";

/** What the measurement may cost, before it begins. */
export function costText(plan: Plan, url: string): string {
  const { bytes, bytesOfOne, seconds } = costOf(plan);
  const ofOne = bytesOfOne === bytes ? "" : `, up to ${bytesText(bytesOfOne)} of it over a single link`;
  return `${plan.runs.length} downloads of ${url}: up to ${bytesText(bytes)}${ofOne}, in ${secondsText(seconds)} at most.`;
}

/** `3 of 70 · 1-1.3 · 8 connections`; runs are counted from 0. */
export function runText(
  { path, connections }: Pick<PlannedRun, "path" | "connections">,
  index: number,
  plan: Plan,
): string {
  return [`${index + 1} of ${plan.runs.length}`, printable(path.name, 20), connectionsText(connections)].join(" · ");
}

/** How a run does that has these bytes after these seconds. */
export function progressText(bytes: number, seconds: number, { bounds }: Plan): string {
  const rate = seconds > 0 ? bytes / seconds : 0;
  return `${bytesText(bytes)} of ${bytesText(bounds.bytes)} · ${secondsText(Math.floor(seconds))} of ${bounds.seconds}s · ${bytesText(rate)}/s`;
}

/** What came of a run. */
export function outcomeText({ bytes, seconds, failure }: Run): string {
  if (failure !== null) return `failed: ${printable(failure, 300)}`;
  return `${bytesText(bytes / seconds)}/s (${bytesText(bytes)} in ${seconds.toFixed(1)} s)`;
}

/** The thesis's table, a row for each path and number of connections: kB/s, and what that cost this computer. */
export function renderReport({ url, bounds, repetitions, summaries, runs, isComplete }: Report, page: Page): string {
  const rows = summaries.map(cells);
  const widths = HEADS.map((head, index) => Math.max(head.length, ...rows.map((row) => textWidth(row[index] ?? ""))));
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === 0 ? fill(cell, widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join(GAP);
  const conditions = `kB/s; ${repetitions} × ${bytesText(bounds.bytes)} or ${bounds.seconds} s of ${printable(url, 300)}`;
  const parts = [
    [page.style.dim(line(HEADS)), ...rows.map((row) => line(row).trimEnd())],
    [...wrap(conditions, page.columns), ...together(summaries)],
    failures(runs)
      .flatMap((text) => wrap(text, page.columns))
      .map(page.style.bad),
    isComplete ? [] : [page.style.bad("It was broken off: not all runs were made.")],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")}\n`;
}

function cells({ path, connections, average, median, least, most, cpu, load, good, failed }: Summary): string[] {
  const rate = (value: number | null): string =>
    value === null ? "–" : (value / 1000).toFixed(value < 10_000 ? 1 : 0);
  return [
    printable(path, 20),
    String(connections),
    ...[average, median, least, most].map(rate),
    cpu === null ? "–" : `${Math.round(100 * cpu)} %`,
    load === null ? "–" : load.toFixed(2),
    failed === 0 ? String(good) : `${good} of ${good + failed}`,
  ];
}

/** All links at once against what each of them carries alone, which is the most that they could. */
function together(summaries: readonly Summary[]): string[] {
  const all = summaries.find(({ path }) => path === TOGETHER);
  const alone = summaries.filter(({ path, connections }) => path !== TOGETHER && connections > 1);
  const sum = alone.reduce((total, { median }) => total + (median ?? Number.NaN), 0);
  if (all?.median == null || !(sum > 0)) return [];
  return [`Together the links carry ${Math.round((100 * all.median) / sum)} % of what each carries alone, added up.`];
}

/** Each way of failing once, with how often. */
function failures(runs: readonly Run[]): string[] {
  const counts = new Map<string, number>();
  for (const { path, connections, failure } of runs) {
    if (failure === null) continue;
    const text = `${printable(path, 20)}, ${connectionsText(connections)}: ${printable(failure, 300)}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
}

function connectionsText(connections: number): string {
  return connections === 1 ? "1 connection" : `${connections} connections`;
}
