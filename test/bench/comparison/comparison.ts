import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Box } from "../../bus/box.ts";
import { projectRoot } from "../../bus/guest/project-root.ts";
import { comparisonChart } from "./chart.ts";
import { CONTESTANTS, type ContestantKey } from "./contestant.ts";
import { idle, storm } from "./cost.ts";
import { eight } from "./eight.ts";
import type { Figure, Participant, Sample } from "./figure.ts";
import { silence, unplug } from "./loss.ts";
import { ModemManagers } from "./managers.ts";
import { plug } from "./plug.ts";
import { mergeRows, noSamples, type RowResult, readResults, writeResults } from "./results.ts";
import { start } from "./start.ts";
import { cell, comparisonTable, replaceTable } from "./table.ts";
import { prepareUdev, restoreUdev, ThesisStack } from "./thesis.ts";
import { Wanherd } from "./wanherd.ts";

const FIGURES: readonly Figure[] = [plug, eight, unplug, silence, start, idle, storm];

export interface ComparisonOptions {
  readonly runs: number;
  /** By their keys; null: all. */
  readonly figures: readonly string[] | null;
  /** Whom to measure; null: all. Others keep what was measured of them before. */
  readonly contestants: readonly string[] | null;
  /** What it ran on, for the plot. */
  readonly machine: string;
}

/**
 * COMPARE. wanherd, the thesis's stack and ModemManager with NetworkManager by the same emulated modems on the same guest, in turn. Writes
 * docs/comparison.ndjson, of which figures that are not measured now are kept, docs/comparison.svg and the table in docs/measurements.md.
 */
export async function comparison(box: Box, options: ComparisonOptions): Promise<string> {
  const { figures } = options;
  const file = join(projectRoot(), "docs/comparison.ndjson");
  const order = FIGURES.flatMap(({ rows }) => rows.map(({ key }) => key));
  for (const figure of FIGURES) {
    if (figures !== null && !figures.includes(figure.key)) continue;
    const old = await readResults(file);
    const fresh = await measured(box, figure, options, old);
    // After each figure: what comes later may fail.
    await writeResults(file, mergeRows(old, fresh, order));
  }
  const results = await readResults(file);
  const page = join(projectRoot(), "docs/measurements.md");
  await writeFile(page, replaceTable(await readFile(page, "utf8"), comparisonTable(results)));
  await writeFile(join(projectRoot(), "docs/comparison.svg"), comparisonChart(results));
  return `### Comparison\n\n${comparisonTable(results)}\n`;
}

async function measured(
  box: Box,
  figure: Figure,
  { runs, contestants: only, machine }: ComparisonOptions,
  old: readonly RowResult[],
): Promise<readonly RowResult[]> {
  const wanted = CONTESTANTS.filter((key) => only === null || only.includes(key));
  const samples = new Map(
    figure.rows.map(({ key }) => {
      const before = old.find((row) => row.key === key)?.samples;
      const kept = CONTESTANTS.filter((each) => !wanted.includes(each)).map((each) => [each, before?.[each] ?? []]);
      return [key, { ...noSamples(), ...(Object.fromEntries(kept) as Record<ContestantKey, Sample[]>) }];
    }),
  );
  for (let run = 0; run < (figure.once ? 1 : runs); run++) {
    // Nobody always comes after the same other one.
    for (const key of run % 2 === 0 ? wanted : wanted.toReversed()) {
      const result = await oneRun(box, figure, participant(box, key));
      for (const row of figure.rows) {
        const sample = result[row.key] ?? "no figure";
        samples.get(row.key)?.[key].push(sample);
        console.error(`${row.key}, ${key}, run ${run + 1}: ${cell(row, [sample])}`);
      }
    }
  }
  const date = new Date().toISOString().slice(0, 10);
  return figure.rows.map((row) => ({ ...row, date, machine, samples: samples.get(row.key) ?? noSamples() }));
}

function participant(box: Box, key: ContestantKey): Participant {
  if (key === "wanherd") return new Wanherd(box);
  return key === "thesis" ? new ThesisStack(box) : new ModemManagers(box);
}

/** Whatever comes of it, the box is afterwards as before. */
async function oneRun(box: Box, figure: Figure, contestant: Participant): Promise<Readonly<Record<string, Sample>>> {
  if (contestant.key !== "wanherd") await prepareUdev(box);
  try {
    return await figure.measure(box, contestant);
  } finally {
    await box.bus.unplugAll();
    await contestant.stop();
    if (contestant.key !== "wanherd") await restoreUdev(box);
  }
}
