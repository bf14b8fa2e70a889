import type { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { median, quantile, table } from "./statistics.ts";

/** What a process holds. */
export interface Usage {
  readonly processes: number;
  readonly files: number;
  readonly handles: number;
  /** Of JavaScript's objects, after a collection. */
  readonly heapMb: number;
  readonly residentMb: number;
}

/** What the program in the guest tells (guest/pool-changes.ts). */
export interface PoolChangesReport {
  readonly costsMs: readonly number[];
  /** Listings of our table taken meanwhile. */
  readonly snapshots: number;
  /** Those of them that lacked rules because the kernel was exchanging the table just then. */
  readonly torn: number;
  /** Those of them that were none of the wanted states: in what. */
  readonly strange: readonly string[];
  /** Before, halfway, after. */
  readonly usage: readonly [Usage, Usage, Usage];
}

export interface PoolChanges extends PoolChangesReport {
  /** What the LAN's client got meanwhile. */
  readonly downloads: readonly Download[];
  /** Connections whose packets came by more than one link. */
  readonly strays: number;
}

const PROGRAM = ["node", "/wanherd/dist/pool-changes.js"];
const BOUND_MS = 30 * 60_000;

/**
 * Changes the pool so often over links of Ethernet's kind between the guest and the bus's internet, while the LAN's client
 * makes one connection after the other. No agent may run.
 */
export async function changePool(box: Box, links: number, changes: number): Promise<PoolChanges> {
  await box.bus.counts({ reset: true });
  const downloads: Download[] = [];
  const report = await whileChanging(box, [links, changes], async (isOver) => {
    while (!isOver())
      downloads.push(...(await box.bus.download({ connections: 20, concurrency: 2, bytes: 200 })).downloads);
  });
  const strays = (await box.bus.paths()).filter(({ interfaces }) => interfaces.length > 1).length;
  return { ...report, downloads, strays };
}

/** What a change costs when nothing else is done. */
async function costs(box: Box, links: number, changes: number): Promise<readonly number[]> {
  return (await whileChanging(box, [links, changes, "quiet"], async () => {})).costsMs;
}

/** The last state of the pool stays until `meanwhile`, which is told when all is over, has ended. */
async function whileChanging(
  box: Box,
  args: readonly [links: number, changes: number, quiet?: "quiet"],
  meanwhile: (isOver: () => boolean) => Promise<void>,
): Promise<PoolChangesReport> {
  const slots = Array.from({ length: args[0] }, (_, index) => index + 1);
  await makeLinks(box, slots);
  const program = await box.guest.start([...PROGRAM, ...args.map(String)], { name: "pool-changes" });
  try {
    await program.waitFor(/^changing$/m, 120_000);
    let isOver = false;
    const report = program.waitFor(/^\{.*\}$/m, BOUND_MS).finally(() => {
      isOver = true;
    });
    await meanwhile(() => isOver);
    return JSON.parse((await report)[0] ?? "") as PoolChangesReport;
  } finally {
    await program.stop();
    await removeLinks(box, slots);
  }
}

/** G. Changes of the pool in a row: what each costs, what a client sees of them, and what is left behind. */
export async function poolChanges(box: Box, changes: number): Promise<string> {
  const costRows = [["a change of the pool, nothing else going on", "median", "9 of 10 within", "changes"]];
  for (const links of [2, 8, 32]) {
    const each = await costs(box, links, Math.min(changes, 48));
    costRows.push([
      `${links} links`,
      `${median(each).toFixed(0)} ms`,
      `${quantile(each, 0.9).toFixed(0)} ms`,
      String(each.length),
    ]);
    console.error(costRows.at(-1)?.join(", "));
  }
  const { costsMs, snapshots, torn, strange, usage, downloads, strays } = await changePool(box, 8, changes);
  const failed = downloads.filter(({ complete }) => !complete).length;
  for (const each of strange) console.error(`a listing that is no wanted state: ${each}`);
  const leak = (part: keyof Usage, digits = 0): string => usage.map((each) => each[part].toFixed(digits)).join(" → ");
  const rows = [
    [`${costsMs.length} changes in a row of 8 links, a client connecting and the table listed all the while`, ""],
    ["connections made, of them failed", `${downloads.length}, ${failed}`],
    ["connections whose packets took more than one link", String(strays)],
    ["listings of the table, of them torn by the kernel, no wanted state", `${snapshots}, ${torn}, ${strange.length}`],
    [
      "a change meanwhile, median and 9 of 10",
      `${median(costsMs).toFixed(0)}, ${quantile(costsMs, 0.9).toFixed(0)} ms`,
    ],
    ["child processes, before → halfway → after", leak("processes")],
    ["open files", leak("files")],
    ["handles of Node", leak("handles")],
    ["JavaScript's objects after a collection, MB", leak("heapMb", 1)],
    ["resident memory, MB", leak("residentMb")],
  ];
  return `### G. Pool changes\n\n${table(costRows)}\n\n${table(rows)}\n`;
}

/** lnkN in the guest, 10.70.N.2, and its router in the internet's namespace, 10.70.N.1. */
async function makeLinks(box: Box, slots: readonly number[]): Promise<void> {
  const lines = slots.flatMap((slot) => [
    `link add lnk${slot} type veth peer name far${slot} netns internet`,
    `addr add 10.70.${slot}.2/30 dev lnk${slot}`,
    `link set lnk${slot} up`,
  ]);
  const far = slots.flatMap((slot) => [`addr add 10.70.${slot}.1/30 dev far${slot}`, `link set far${slot} up`]);
  await batch(box, ["-batch", "-"], lines);
  await batch(box, ["-netns", "internet", "-batch", "-"], far);
}

async function removeLinks(box: Box, slots: readonly number[]): Promise<void> {
  await batch(
    box,
    ["-force", "-batch", "-"],
    slots.map((slot) => `link del lnk${slot}`),
  );
}

async function batch(box: Box, args: readonly string[], lines: readonly string[]): Promise<void> {
  await box.guest.exec(["ip", ...args], { stdin: `${lines.join("\n")}\n` });
}
