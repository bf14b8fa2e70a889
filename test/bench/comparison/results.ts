import { readFile, writeFile } from "node:fs/promises";
import { CONTESTANTS, type ContestantKey } from "./contestant.ts";
import type { Row, Sample } from "./figure.ts";

/** What was measured of a row, when and on what. */
export interface RowResult extends Row {
  /** ISO 8601, the day. */
  readonly date: string;
  readonly machine: string;
  readonly samples: Readonly<Record<ContestantKey, readonly Sample[]>>;
}

/** As they are called where they are shown. */
export const NAMES: Readonly<Record<ContestantKey, string>> = {
  wanherd: "wanherd",
  thesis: "the thesis's stack",
  managers: "ModemManager + NetworkManager",
};

/** What the last runs of each figure gave, in the table's order: a row a line. @throws when the file is there and is none of ours. */
export async function readResults(file: string): Promise<readonly RowResult[]> {
  return parseResults(await readFile(file, "utf8").catch(() => ""));
}

export function parseResults(text: string): readonly RowResult[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as RowResult);
}

export async function writeResults(file: string, rows: readonly RowResult[]): Promise<void> {
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

/** The rows in the order of `order`, each as measured last: a row of `fresh` takes the place of the old one. */
export function mergeRows(
  old: readonly RowResult[],
  fresh: readonly RowResult[],
  order: readonly string[],
): readonly RowResult[] {
  return order.flatMap((key) => [...fresh, ...old].find((row) => row.key === key) ?? []);
}

/** No sample of anybody yet. */
export function noSamples(): Record<ContestantKey, Sample[]> {
  return Object.fromEntries(CONTESTANTS.map((key) => [key, []])) as unknown as Record<ContestantKey, Sample[]>;
}
