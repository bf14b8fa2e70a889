// `npm run bench:watchers [-- --plugs N]`: what watchers of the control socket cost the agent, on this computer and without a
// guest. The real machines with effects that succeed at once, the real journal and control server; the watchers are a process
// of their own, where this file is run again.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { PortPath } from "../../src/hotplug/types.ts";
import { startControlServer } from "../../src/inspector/control-server.ts";
import type { AgentView } from "../../src/inspector/types.ts";
import { createInspector } from "../../src/journal/from-xstate.ts";
import { openJournal } from "../../src/journal/open-journal.ts";
import type { Journal } from "../../src/journal/types.ts";
import { World } from "../machines/world.ts";
import { median, quantile, table } from "./statistics.ts";

const WATCHERS = 50;
const EVENTS_PER_SECOND = 2_000;
const TICK_MS = 10;
const PATIENCE_MS = 3_000;
/** Between two plugs: what is measured is a reaction, not how many of them fit into a second. */
const PAUSE_MS = 40;
const MIB = 1024 * 1024;

const { values, positionals } = parseArgs({ options: { plugs: { type: "string" } }, allowPositionals: true });
if (positionals[0] === "watch") watch(String(positionals[1]));
else await main(Number(values.plugs ?? 200));

/** The watchers: each reads as fast as it can, but for the last one, which reads nothing. */
function watch(socketPath: string): void {
  let entries = 0;
  let dropped = 0;
  let stuck: IncomingMessage | null = null;
  for (let number = 1; number <= WATCHERS + 1; number += 1) {
    const asked = request({ socketPath, path: "/v1/events?follow=true", headers: { host: "localhost" }, agent: false });
    asked.on("error", () => {});
    asked.on("response", (answer) => {
      answer.on("error", () => {});
      answer.on("close", () => {
        dropped += 1;
      });
      if (number > WATCHERS) {
        stuck = answer.pause();
        return;
      }
      answer.on("data", (part: Buffer) => {
        for (let at = part.indexOf("\nid: "); at !== -1; at = part.indexOf("\nid: ", at + 1)) entries += 1;
      });
    });
    asked.end();
  }
  process.on("message", async () => {
    // Who reads nothing does not see either that it was dropped.
    stuck?.resume();
    await pause(1_000);
    process.send?.({ entries, dropped });
  });
}

interface Seen {
  readonly reactions: readonly number[];
  readonly loopMs: number;
  readonly cpuPercent: number;
  readonly rssMib: number;
}

async function main(plugs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-watchers-"));
  const socket = join(folder, "agent.sock");
  const journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 20 });
  const view = { status: async () => ({ schema: 1 }) } as unknown as AgentView;
  const server = await startControlServer({ view, journal, socket, version: "0.0.0", patienceMs: PATIENCE_MS });
  const rows = [["", "plug → pool, median", "95 %", "longest turn of the event loop", "CPU", "memory"]];
  const row = (name: string, { reactions, loopMs, cpuPercent, rssMib }: Seen): void => {
    const text = (ms: number): string => `${ms.toFixed(2)} ms`;
    const cells = [
      text(median(reactions)),
      text(quantile(reactions, 0.95)),
      text(loopMs),
      `${cpuPercent.toFixed(0)} %`,
    ];
    rows.push([name, ...cells, `${rssMib.toFixed(0)} MiB`]);
  };
  await measure(journal, plugs);
  row("nobody watches, nothing else happens", await measure(journal, plugs));
  let stop = flood(journal);
  row(`${EVENTS_PER_SECOND} events/s`, await measure(journal, plugs));
  stop();
  const watchers = fork(process.argv[1] as string, ["watch", socket], { execArgv: [] });
  await pause(2_000);
  row(`${WATCHERS} watchers`, await measure(journal, plugs));
  stop = flood(journal);
  row(`${WATCHERS} watchers, ${EVENTS_PER_SECOND} events/s`, await measure(journal, plugs));
  row("the same once more", await measure(journal, plugs));
  stop();
  const { entries, dropped } = await toldBy(watchers);
  watchers.kill();
  await server.close();
  await journal.close();
  await rm(folder, { recursive: true });
  console.log(
    `### Watchers\n\n${table(rows)}\n\n${entries} entries were read by them; dropped: ${dropped} (one of ${WATCHERS + 1} read nothing)`,
  );
}

function flood(journal: Journal): () => void {
  const each = (EVENTS_PER_SECOND * TICK_MS) / 1_000;
  let due = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    due += ((now - last) / TICK_MS) * each;
    last = now;
    for (; due >= 1; due -= 1) {
      journal.write({
        port: "1-9" as PortPath,
        topic: "at",
        text: "← +CSQ: 17,99 and what else a modem says",
        data: { tty: "ttyUSB1" },
      });
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** From the device's arrival to the pool that holds its link, by a world of machines that live from the first plug to the last. */
async function measure(journal: Journal, plugs: number): Promise<Seen> {
  const world = new World();
  world.inspectors.push(createInspector(journal));
  await world.start();
  const reactions: number[] = [];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  for (let plug = 0; plug < plugs; plug += 1) {
    const before = world.applied.length;
    const plugged = performance.now();
    await world.bringOnline();
    while (world.applied.length === before) await world.settle();
    reactions.push(performance.now() - plugged);
    await world.unplug();
    await world.pass(10_000);
    await pause(PAUSE_MS);
  }
  const used = process.cpuUsage(cpu);
  loop.disable();
  const cpuPercent = (used.user + used.system) / 10 / (performance.now() - begun);
  world.agent.stop();
  return { reactions, loopMs: loop.max / 1e6, cpuPercent, rssMib: process.memoryUsage().rss / MIB };
}

function toldBy(watchers: ChildProcess): Promise<{ entries: number; dropped: number }> {
  return new Promise((resolve) => {
    watchers.once("message", (told) => resolve(told as { entries: number; dropped: number }));
    watchers.send("tell");
  });
}
