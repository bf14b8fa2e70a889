import type { JournalEntry } from "../../src/journal/types.ts";
import type { Box } from "../bus/box.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { median, secondsText, table } from "./statistics.ts";
import { ThesisStack } from "./thesis-stack.ts";

/** The stick's own delays, the same for both. */
const STICK = zteMf102({ reenumerateMs: 500, modem: { registrationMs: 300, dialMs: 300 } });
const BOUND_MS = 120_000;
const THEIR_BOUND_MS = 60_000;
/** A freshly started agent's own work, such as having nftables' modules loaded, is over by then. */
const SETTLE_MS = 5_000;

/** Milestones of our way by what the journal says of them, in order. */
const MILESTONES: readonly (readonly [string, (entry: JournalEntry) => boolean])[] = [
  ["attached (storage)", (entry) => entry.text === "device.attached"],
  ["switched, gone", (entry) => entry.text === "device.detached"],
  ["attached (modem)", (entry) => entry.text === "device.attached"],
  ["serial ports there", (entry) => /→ choosing/.test(entry.text)],
  ["AT port chosen", (entry) => /choosing → working/.test(entry.text)],
  ["modem and SIM known", (entry) => /identifying → /.test(entry.text)],
  ["dialling", (entry) => /→ .*dialling/.test(entry.text)],
  ["CONNECT", (entry) => /CONNECT/.test(entry.text)],
  ["address", (entry) => entry.text === "process.ready"],
];

/** A. From the plug to a usable uplink, ours and the thesis's in turn. */
export async function plugToPool(box: Box, runs: number): Promise<string> {
  const port = box.bus.port(1);
  const thesis = new ThesisStack(box);
  const cold: number[] = [];
  const warm: number[] = [];
  const theirs: number[] = [];
  const steps = new Map<string, number[]>();
  for (let run = 0; run < runs; run++) {
    await box.start();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    for (const times of [cold, warm]) {
      const { atMs } = await box.bus.plug(port, STICK);
      await box.untilPool([port], BOUND_MS);
      times.push((await poolChange(box, atMs)) - atMs);
      if (times === warm) {
        for (const [name, ms] of await milestones(box, port)) steps.set(name, [...(steps.get(name) ?? []), ms]);
      }
      await box.bus.unplug(port);
      await box.untilState(port, "empty");
    }
    await box.stop();
    console.error(`wanherd, run ${run + 1}: ${cold.at(-1)?.toFixed(0)} ms, then ${warm.at(-1)?.toFixed(0)} ms`);

    await thesis.install();
    const plugged = await box.bus.plug(port, STICK);
    // It does not always come up: that is told, and does not count as a time.
    const up = await thesis.untilUp(THEIR_BOUND_MS).catch(() => null);
    if (up !== null) theirs.push(up - plugged.atMs);
    console.error(
      `the thesis's stack, run ${run + 1}: ${up === null ? "not up" : `${(up - plugged.atMs).toFixed(0)} ms`}`,
    );
    await box.bus.unplug(port);
    await thesis.uninstall();
  }
  const ratio = (ours: readonly number[]): string => (median(ours) / median(theirs)).toFixed(2);
  const rows = [
    ["from the plug to a usable uplink", "median (min–max)", "of the thesis's stack"],
    ["wanherd: in the pool, an agent's first stick", secondsText(cold), ratio(cold)],
    ["wanherd: in the pool, any later stick", secondsText(warm), ratio(warm)],
    [`the thesis's stack: ppp0 has an address (${theirs.length} of ${runs} came up)`, secondsText(theirs), "1"],
  ];
  const way = [
    ["our way with a later stick, since the first event of the plug", "median (min–max)"],
    ...[...steps].map(([name, values]) => [name, secondsText(values)]),
  ];
  return `### A. Plug to uplink, ${runs} runs each\n\n${table(rows)}\n\n${table(way)}\n`;
}

/** When the rule set first named the link: nft monitor's line on the new chain. */
async function poolChange(box: Box, sinceMs: number): Promise<number> {
  const { events } = await box.bus.events(sinceMs);
  const change = events.find(({ source, text }) => source === "nft" && text.includes("wan1-1"));
  if (change === undefined) throw new Error("nft monitor saw no change of the pool");
  return change.atMs;
}

async function milestones(box: Box, port: string): Promise<readonly (readonly [string, number])[]> {
  const url = `http://localhost/v1/events?port=${port}&limit=1000`;
  const { stdout } = await box.guest.exec(["curl", "-s", "--unix-socket", "/run/wanherd/agent.sock", url]);
  const entries = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalEntry);
  // Only what follows the port's last being empty is this plug's.
  const start = entries.findLastIndex(({ text }) => /→ empty/.test(text));
  const own = entries.slice(start + 1);
  const found: [string, number][] = [];
  const first = Date.parse(own[0]?.time ?? "");
  let at = 0;
  for (const [name, fits] of MILESTONES) {
    const index = own.findIndex((entry, place) => place >= at && fits(entry));
    if (index < 0) continue;
    found.push([name, Date.parse(own[index]?.time ?? "") - first]);
    at = index + 1;
  }
  return found;
}
