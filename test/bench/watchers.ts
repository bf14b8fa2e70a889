// `npm run bench:watchers [-- --rounds N --plugs N]`: what watchers of the control socket cost the agent, on this computer and without a
// guest. The real machines with effects that succeed at once, the real journal and control server; the watchers are a process
// of their own, where this file is run again. In each round every situation has its turn, so that whatever else this computer
// does meets them all alike.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setPriority, tmpdir } from "node:os";
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
const PATIENCE_MS = 1_500;
/** Between two plugs: what is measured is a reaction, not how many of them fit into a second. */
const PAUSE_MS = 40;
const MIB = 1024 * 1024;

const SITUATIONS = [
  { name: "nobody watches, nothing else happens", floods: false, watched: false },
  { name: `${EVENTS_PER_SECOND} events/s`, floods: true, watched: false },
  { name: `${WATCHERS} watchers`, floods: false, watched: true },
  { name: `${WATCHERS} watchers, ${EVENTS_PER_SECOND} events/s`, floods: true, watched: true },
] as const;

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string" }, plugs: { type: "string" } },
  allowPositionals: true,
});
if (positionals[0] === "watch") watch(String(positionals[1]));
else await main(Number(values.rounds ?? 8), Number(values.plugs ?? 40));

/** What the watchers' process says of its watchers; `asked`: who is connected now. */
interface Told {
  readonly asked: number;
  readonly entries: number;
  /** Followers whose entries were not all there, one after the other. */
  readonly gaps: number;
  readonly dropped: number;
}

/** The watchers: told to come they come, told to go they go. Each reads as fast as it can, but for the last one, which reads nothing. */
function watch(socketPath: string): void {
  // As in life: the agent goes before all.
  setPriority(15);
  let entries = 0;
  let gaps = 0;
  let dropped = 0;
  let asked: ClientRequest[] = [];
  let stuck: IncomingMessage | null = null;
  const come = (number: number): Promise<void> =>
    new Promise((resolve) => {
      // The one who is stuck is so at what memory has.
      const path = `/v1/events?follow=true${number > WATCHERS ? "" : "&limit=0"}`;
      const each = request({ socketPath, path, headers: { host: "localhost" }, agent: false });
      asked.push(each);
      each.on("error", () => {});
      each.on("response", (answer) => {
        answer.on("error", () => {});
        if (number > WATCHERS) {
          stuck = answer.pause();
          answer.on("close", () => {
            dropped += 1;
          });
          resolve();
          return;
        }
        let text = "";
        let last = 0;
        answer.setEncoding("latin1").on("data", (part: string) => {
          text += part;
          for (let at = text.indexOf("\nid: "); ; at = text.indexOf("\nid: ", at + 1)) {
            const end = at === -1 ? -1 : text.indexOf("\n", at + 1);
            if (end === -1) {
              text = at === -1 ? text.slice(-5) : text.slice(at);
              break;
            }
            const seq = Number(text.slice(at + 5, end));
            if (last !== 0 && seq !== last + 1) gaps += 1;
            last = seq;
            entries += 1;
          }
          resolve();
        });
      });
      each.end();
    });
  process.on("message", async (order) => {
    if (order === "come") await Promise.all(Array.from({ length: WATCHERS + 1 }, (_, index) => come(index + 1)));
    if (order === "go") {
      // Who reads nothing does not see either that it was dropped.
      stuck?.resume();
      await pause(500);
      for (const each of asked) each.destroy();
      asked = [];
    }
    process.send?.({ asked: asked.length, entries, gaps, dropped } satisfies Told);
  });
}

interface Seen {
  readonly reactions: readonly number[];
  /** CPU time of this process in each of them, which a busy computer changes less than how long it takes. */
  readonly costs: readonly number[];
  readonly loopMs: number;
  readonly cpuPercent: number;
  readonly rssMib: number;
}

async function main(rounds: number, plugs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-watchers-"));
  const socket = join(folder, "agent.sock");
  const journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 20 });
  const view = { status: async () => ({ schema: 1 }) } as unknown as AgentView;
  const server = await startControlServer({ view, journal, socket, version: "0.0.0", patienceMs: PATIENCE_MS });
  const watchers = fork(process.argv[1] as string, ["watch", socket], { execArgv: [] });
  let told: Told = { asked: 0, entries: 0, gaps: 0, dropped: 0 };
  const seen = SITUATIONS.map((): Seen[] => []);
  await measure(journal, plugs);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < SITUATIONS.length; turn += 1) {
      // Each comes after each other one equally often.
      const index = (round + (round % 2 === 0 ? turn : SITUATIONS.length - turn)) % SITUATIONS.length;
      const { floods, watched } = SITUATIONS[index] as (typeof SITUATIONS)[number];
      if (watched) await order(watchers, "come");
      const stop = floods ? flood(journal) : () => {};
      // Until they are all there, and what that left behind is collected.
      await pause(1_000);
      seen[index]?.push(await measure(journal, plugs));
      stop();
      if (watched) told = await order(watchers, "go");
      else await pause(500);
    }
  }
  watchers.kill();
  await server.close();
  await journal.close();
  await rm(folder, { recursive: true });
  console.log(`### Watchers, ${rounds} rounds of ${plugs} plugs each\n\n${table(tableOf(seen))}\n
${told.entries} entries were read by them, with ${told.gaps} gaps; dropped: ${told.dropped}, one who read nothing in each of ${2 * rounds} turns`);
}

/** Each situation against the first of the same round. */
function tableOf(seen: readonly (readonly Seen[])[]): readonly (readonly string[])[] {
  const head = [
    "",
    "plug → pool, median",
    "to the first (lowest–highest round)",
    "95 %",
    "to the first",
    "its CPU time, median",
    "to the first",
    "longest turn of the loop",
  ];
  const rows = SITUATIONS.map(({ name }, index) => {
    const own = seen[index] ?? [];
    const of = (part: number) => (each: Seen) => quantile(each.reactions, part);
    const ratios = (value: (each: Seen) => number): readonly number[] =>
      own.map((each, round) => value(each) / value(seen[0]?.[round] as Seen));
    const percent = (ratio: number): string => `${ratio < 1 ? "−" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(0)} %`;
    const ms = (values: readonly number[]): string => `${median(values).toFixed(2)} ms`;
    const medians = ratios(of(0.5));
    const cost = ({ costs }: Seen): number => median(costs);
    return [
      name,
      ms(own.map(of(0.5))),
      `${percent(median(medians))} (${percent(quantile(medians, 0))} – ${percent(quantile(medians, 1))})`,
      ms(own.map(of(0.95))),
      percent(median(ratios(of(0.95)))),
      ms(own.map(cost)),
      percent(median(ratios(cost))),
      ms(own.map(({ loopMs }) => loopMs)),
      `${median(own.map(({ cpuPercent }) => cpuPercent)).toFixed(0)} %`,
      `${quantile(
        own.map(({ rssMib }) => rssMib),
        1,
      ).toFixed(0)} MiB`,
    ];
  });
  return [[...head, "CPU", "memory at most"], ...rows];
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
  const costs: number[] = [];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  for (let plug = 0; plug < plugs; plug += 1) {
    const before = world.applied.length;
    const spent = process.cpuUsage();
    const plugged = performance.now();
    await world.bringOnline();
    while (world.applied.length === before) await world.settle();
    reactions.push(performance.now() - plugged);
    const { user, system } = process.cpuUsage(spent);
    costs.push((user + system) / 1_000);
    await world.unplug();
    await world.pass(10_000);
    await pause(PAUSE_MS);
  }
  const used = process.cpuUsage(cpu);
  loop.disable();
  const cpuPercent = (used.user + used.system) / 10 / (performance.now() - begun);
  world.agent.stop();
  return { reactions, costs, loopMs: loop.max / 1e6, cpuPercent, rssMib: process.memoryUsage().rss / MIB };
}

/** Resolves when it is done. */
function order(watchers: ChildProcess, what: "come" | "go"): Promise<Told> {
  return new Promise((resolve) => {
    watchers.once("message", (told) => resolve(told as Told));
    watchers.send(what);
  });
}
