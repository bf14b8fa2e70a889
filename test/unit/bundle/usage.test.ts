import { expect, test } from "vitest";
import { Usage } from "../../../src/bundle/usage.ts";

test("the bundle is used while its links carry more than what it says to itself over each of them", () => {
  const usage = new Usage();
  usage.look([0, 0, 0], 0);
  expect(usage.look([500, 500, 500], 500)).toBe(false);
  expect(usage.look([1_000, 1_000, 9_000], 1_000)).toBe(true);
  expect(usage.look([1_100, 1_100, 9_100], 1_500)).toBe(false);
});

test("two looks that follow each other too closely say nothing, nor does a link that leaves", () => {
  const usage = new Usage();
  usage.look([0, 0], 0);
  expect(usage.look([50_000, 50_000], 1_000)).toBe(true);
  expect(usage.look([50_000, 50_000], 1_100)).toBe(true);
  expect(usage.look([50_000], 2_000)).toBe(false);
});
