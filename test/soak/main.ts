// `npm run soak [-- --events 500] [--seed N]`: random plugs, yanks, swaps and carrier deaths over eight modems, on one guest.
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Box } from "../bus/box.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import { differences } from "./differences.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({ options: { events: { type: "string" }, seed: { type: "string" } } });
const events = Number(values.events ?? 500);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const PORTS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Copies the end of the agent's journal out of the guest, for whoever looks for the reason. */
async function keepJournal({ guest }: Box): Promise<string> {
  const file = "test-artefacts/soak-journal.ndjson";
  const { stdout } = await guest.exec(["sh", "-c", "cat /var/lib/wanherd/events-*.ndjson | tail -n 20000"]);
  await mkdir("test-artefacts", { recursive: true });
  await writeFile(file, stdout);
  return file;
}

const log = (line: string): void => console.error(line);
const guest = await bootGuest({ memoryMiB: 2_048, log });
try {
  log(`${events} things, seed ${seed}`);
  const box = await Box.install(guest, PORTS);
  await box.start();
  const { before, after, done } = await soak(box, { ports: PORTS, events, seed, log });
  const lost = differences(before, after);
  console.log(
    `done: ${Object.entries(done)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}`,
  );
  console.log(
    `memory: ${before.rssKb} kB before, ${after.rssKb} kB after (${((100 * after.rssKb) / before.rssKb - 100).toFixed(1)} %)`,
  );
  console.log(`wake-ups in 30 s: ${before.wakeups} before, ${after.wakeups} after`);
  console.log(lost.length === 0 ? "nothing is left behind" : `DIFFERENT:\n${lost.join("\n")}`);
  await box.stop();
  if (lost.length > 0) console.log(`what happened last: ${await keepJournal(box)}`);
  process.exitCode = lost.length === 0 ? 0 : 1;
} finally {
  await guest.close();
}
