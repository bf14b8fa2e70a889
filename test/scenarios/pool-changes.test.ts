import { beforeAll, expect, test } from "vitest";
import { changePool } from "../bench/pool-changes.ts";
import { Box } from "../bus/box.ts";
import { connectGuest } from "../bus/guest/connect.ts";

let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), []);
});

test("sixty changes of the pool in a row: a client that connects all the time meets no state in between, and nothing is left", async () => {
  const before = await box.network();
  const { costsMs, snapshots, torn, strange, downloads, strays, usage } = await changePool(box, 3, 60);
  const [first, , last] = usage;
  expect(costsMs).toHaveLength(60);
  expect(downloads.length).toBeGreaterThan(20);
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(new Set(downloads.map(({ via }) => via))).toEqual(new Set([1, 2, 3].map((slot) => `10.70.${slot}.2`)));
  expect(strays).toBe(0);
  expect(snapshots - torn).toBeGreaterThan(10);
  // The kernel tears one of ten or twenty; a table that is filled step by step would be seen so all the time.
  expect(torn, `torn listings of ${snapshots}`).toBeLessThan(snapshots / 2);
  expect(strange, "listings of the table that were no wanted state").toEqual([]);
  expect(last.processes).toBeLessThanOrEqual(first.processes);
  expect(last.files).toBeLessThanOrEqual(first.files + 2);
  expect(last.handles).toBeLessThanOrEqual(first.handles + 2);
  expect(await box.network()).toBe(before);
}, 300_000);
