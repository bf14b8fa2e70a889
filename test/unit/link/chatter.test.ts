import fc from "fast-check";
import { expect, test } from "vitest";
import { Chatter } from "../../../src/link/chatter.ts";

test("on a link without a router, and where nothing was ever answered, every byte counts", () => {
  const looks = fc.array(fc.tuple(fc.nat(5_000), fc.boolean()));
  fc.assert(
    fc.property(looks, fc.boolean(), (arrivals, hasRouter) => {
      const chatter = new Chatter(hasRouter, false);
      let total = 0;
      for (const [arrived, answered] of arrivals) {
        total += arrived;
        expect(chatter.without(total, answered && !hasRouter)).toBe(total);
      }
    }),
  );
});

test("once a question was answered, a little at a time does not count, much does, and so does an answer", () => {
  const chatter = new Chatter(true, false);
  const looks = [
    [100, false],
    [180, true],
    [240, false],
    [300, false],
    [9_000, false],
    [9_060, false],
    [9_140, true],
  ] as const;
  expect(looks.map(([rx, answered]) => chatter.without(rx, answered))).toEqual([
    100, 180, 180, 180, 8_880, 8_880, 8_960,
  ]);
});

test("a link that was answered before, and is watched anew, is not taken for alive by its neighbours", () => {
  const chatter = new Chatter(true, true);
  expect([1_000, 1_100, 1_200].map((rx) => chatter.without(rx, false))).toEqual([0, 0, 0]);
});
