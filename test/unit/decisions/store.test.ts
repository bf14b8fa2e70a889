import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DecisionStore } from "../../../src/decisions/store.ts";
import type { UplinkId } from "../../../src/net/types.ts";

const LINK = "1-1.3" as UplinkId;

let folder: string;
let problems: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "decisions-"));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => DecisionStore.open(join(folder, "decisions.json"), (problem) => void problems.push(problem));

it("what a hand said of links and of the balancer is known after a restart", async () => {
  const store = await open();
  store.setRank(LINK, { weight: 3 });
  store.setRank(LINK, { tier: 2 });
  store.setBy("host");
  store.setRates({ [LINK]: 120_000 });
  await store.close();
  const again = await open();
  expect(again.ranks).toEqual({ [LINK]: { weight: 3, tier: 2 } });
  expect(again.by).toBe("host");
  expect(again.rates).toEqual({ [LINK]: 120_000 });
  expect(problems).toEqual([]);
});

it("and is forgotten, each by itself, when the config shall count again", async () => {
  const store = await open();
  store.setRank(LINK, { weight: "auto", tier: 2 });
  store.setRank(LINK, { weight: "config" });
  expect(store.ranks).toEqual({ [LINK]: { tier: 2 } });
  store.setRank(LINK, { tier: "config" });
  store.setBy("host");
  store.setBy("config");
  await store.close();
  expect(store.ranks).toEqual({});
  expect(JSON.parse(await readFile(join(folder, "decisions.json"), "utf8"))).toMatchObject({ ranks: {}, by: null });
});

it("a file of an earlier version is read, and one with a rank out of bounds is begun anew", async () => {
  const file = join(folder, "decisions.json");
  await writeFile(file, JSON.stringify({ ports: { "1-1": { enabled: false } }, remembered: { a: "b" } }));
  const store = await open();
  expect([store.portEnabled("1-1"), store.get("a"), store.ranks, store.by]).toEqual([false, "b", {}, null]);
  await writeFile(file, JSON.stringify({ ranks: { "1-1": { weight: 0 } } }));
  expect((await open()).ranks).toEqual({});
  expect(problems).toHaveLength(1);
});
