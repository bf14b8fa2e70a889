import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { Rounds } from "../../../src/inspector/rounds.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { Journal } from "../../../src/journal/types.ts";

const PORT = "1-1" as PortPath;
const FOLLOWERS = 5;

let folder: string;
let journal: Journal;
let rounds: Rounds;
let gone: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-"));
  journal = await openJournal({ directory: folder, maxMegabytes: 1 });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] });
  rounds = new Rounds(journal);
  gone = new AbortController();
});
afterEach(async () => {
  rounds.close();
  vi.useRealTimers();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
});

/** The entry is there, as the journal puts it off. */
function tell(text: string, port: PortPath | null = null): void {
  journal.write({ port, topic: "event", text });
  journal.span();
}

it("all followers of a round are told the same, one after the other, and share it", async () => {
  const told: { who: number; until: number | null; page: unknown }[] = [];
  for (let who = 0; who < FOLLOWERS; who += 1) {
    void rounds.next(0, gone.signal).then((until) => {
      told.push({ who, until, page: rounds.news({}, 0, until ?? 0) });
      // What comes meanwhile is for the next round.
      tell("meanwhile");
    });
  }
  tell("first");
  tell("second");
  const after: number[] = [];
  while (told.length < FOLLOWERS) {
    await vi.advanceTimersToNextTimerAsync();
    after.push(told.length);
  }
  // No turn of the event loop tells more than one; the first is the journal's own.
  expect(after).toEqual([0, 1, 2, 3, 4, 5]);
  expect(told.map(({ who }) => who)).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(told.map(({ until }) => until))).toEqual(new Set([2]));
  expect(new Set(told.map(({ page }) => page)).size).toBe(1);
  expect(told[0]?.page).toMatchObject([{ seq: 1 }, { seq: 2 }]);
});

it("what came during a round is told in the next, which is not at once", async () => {
  tell("first");
  const first = rounds.next(0, gone.signal);
  await vi.advanceTimersByTimeAsync(50);
  expect(await first).toBe(1);
  tell("second");
  let second: number | null = 0;
  void rounds.next(1, gone.signal).then((until) => {
    second = until;
  });
  const begun = performance.now();
  while (second === 0) await vi.advanceTimersToNextTimerAsync();
  expect(second).toBe(2);
  expect(performance.now() - begun).toBeGreaterThan(75);
});

it("while there is no news, or nobody to tell, nothing is set to happen", async () => {
  tell("nobody follows");
  // The journal's own, for its next write to the disk.
  const others = vi.getTimerCount();
  void rounds.next(1, gone.signal);
  expect(vi.getTimerCount()).toBe(others);
  tell("news");
  expect(vi.getTimerCount()).toBe(others + 1);
});

it("who goes is told so, and holds up nobody", async () => {
  const leaving = new AbortController();
  const left = rounds.next(0, leaving.signal);
  const other = rounds.next(0, gone.signal);
  tell("news");
  leaving.abort();
  expect(await left).toBeNull();
  await vi.advanceTimersByTimeAsync(50);
  expect(await other).toBe(1);
  expect(await rounds.next(0, leaving.signal)).toBeNull();
});

it("who has a filter gets what he asked for of the round", () => {
  tell("of a port", PORT);
  tell("of none");
  tell("later", PORT);
  expect(rounds.news({ port: PORT }, 0, 2)).toMatchObject([{ seq: 1 }]);
  expect(rounds.news({}, 0, 2)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
});
