import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startControlServer } from "../../../src/inspector/control-server.ts";
import type { AgentView } from "../../../src/inspector/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { Journal } from "../../../src/journal/types.ts";

const MEMORY = { entries: 4_000, bytes: 4_000_000 };
/** Told at once; what is told in one round has to be in memory by the next. */
const BURST = 2_000;
/** What is told: many times of what memory, and the kernel for a socket, can hold. */
const ENTRIES = 80_000;
const TEXT = "x".repeat(400);
const STUCK = 20;
const GOOD = 3;
const PATIENCE = { timeout: 30_000, interval: 20 };
/** Against hangs only: it tells a lot. */
const LONG_MS = 240_000;

let folder: string;
let journal: Journal;
let server: { close(): Promise<void> };
let readers: Reader[];

/** A follower on a unix socket, as curl would be. */
class Reader {
  readonly #peer: Socket;
  #text = "";
  seqs: number[] = [];
  bytes = 0;
  isClosed = false;

  constructor(path: string) {
    this.#peer = connect(path);
    this.#peer.setEncoding("latin1");
    this.#peer.on("error", () => {});
    this.#peer.on("close", () => {
      this.isClosed = true;
    });
    this.#peer.on("data", (part) => {
      this.bytes += part.length;
      this.#text += part.toString();
      const whole = this.#text.lastIndexOf("\n") + 1;
      for (const [, id] of this.#text.slice(0, whole).matchAll(/^id: ([0-9]+)$/gm)) this.seqs.push(Number(id));
      this.#text = this.#text.slice(whole);
    });
    this.#peer.write("GET /v1/events?follow=true&since=0 HTTP/1.1\r\nhost: localhost\r\n\r\n");
  }

  stop(): void {
    this.#peer.pause();
  }

  goOn(): void {
    this.#peer.resume();
  }

  end(): void {
    this.#peer.destroy();
  }
}

async function start(patienceMs: number): Promise<void> {
  const view = {} as unknown as AgentView;
  const socket = join(folder, "agent.sock");
  server = await startControlServer({ view, journal, socket, version: "0.0.0", patienceMs });
  tell("first");
}

async function follow(): Promise<Reader> {
  const reader = new Reader(join(folder, "agent.sock"));
  readers.push(reader);
  await expect.poll(() => reader.seqs.length, PATIENCE).toBeGreaterThan(0);
  return reader;
}

function tell(text: string): void {
  journal.write({ port: null, topic: "agent", text });
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are in use, after all that is not has been collected. */
function inUse(): number {
  // What a first one has found to be over, a second one frees.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slow-reader-"));
  journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 1, memory: MEMORY });
  readers = [];
});
afterEach(async () => {
  for (const reader of readers) reader.end();
  await server.close();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
});

it(
  "who takes nothing is dropped and costs no memory, and those who read are told all, in order",
  async () => {
    // Longer than the test: they go because they have fallen behind what memory keeps, and not by a clock.
    await start(600_000);
    const good = await Promise.all(Array.from({ length: GOOD }, follow));
    const stuck = await Promise.all(Array.from({ length: STUCK }, follow));
    for (const reader of stuck) reader.stop();
    let told = 1;
    let full = 0;
    let most = 0;
    while (told < ENTRIES) {
      for (let n = 0; n < BURST; n += 1) tell(TEXT);
      told += BURST;
      const last = journal.span().newest;
      // As fast as the good ones read: how fast that is, is not the question.
      await expect.poll(() => good.every(({ seqs }) => seqs.at(-1) === last), PATIENCE).toBe(true);
      if (told <= 2 * MEMORY.entries) full = inUse();
      else most = Math.max(most, inUse());
    }
    const all = Array.from({ length: told }, (_, index) => index + 1);
    for (const { seqs } of good) expect(seqs).toEqual(all);
    // Memory was full long before: had they been waited for, nearly all that was told since then would have been kept. What is
    // on its way to the disk and to those who read is some megabytes at most.
    expect(most - full).toBeLessThan(((ENTRIES - 2 * MEMORY.entries) * TEXT.length) / 4);
    for (const reader of stuck) {
      reader.goOn();
      await expect.poll(() => reader.isClosed, PATIENCE).toBe(true);
      expect(reader.seqs.length).toBeLessThan(ENTRIES / 2);
      // Up to then nothing was missing: it can come back with its last.
      expect(reader.seqs).toEqual(all.slice(0, reader.seqs.length));
    }
    expect(good.some(({ isClosed }) => isClosed)).toBe(false);
  },
  LONG_MS,
);

it("who takes nothing for too long is dropped, though memory still has what it lacks", async () => {
  await journal.close();
  journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 1 });
  await start(300);
  const [good, stuck] = await Promise.all([follow(), follow()]);
  stuck.stop();
  // More than the kernel holds for a socket.
  for (let n = 0; n < 4_000; n += 1) tell(TEXT);
  await expect.poll(() => good.seqs.at(-1), PATIENCE).toBe(journal.span().newest);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(journal.span().oldest).toBe(1);
  stuck.goOn();
  await expect.poll(() => stuck.isClosed, PATIENCE).toBe(true);
  expect(stuck.seqs.length).toBeLessThan(4_000);
  expect(good.isClosed).toBe(false);
});
