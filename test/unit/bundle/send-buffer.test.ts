import fc from "fast-check";
import { expect, test } from "vitest";
import { fastestOf, parseFastest, renderFastest, sendBufferOf } from "../../../src/bundle/mptcp/send-buffer.ts";

test("is a second of the fastest link, between two bounds; enough to find out while nothing is known", () => {
  expect(sendBufferOf(fastestOf([110_000, null, 2_000_000]))).toBe(2_000_000);
  expect(sendBufferOf(100)).toBe(262_144);
  expect(sendBufferOf(1e9)).toBe(16_777_216);
  expect(sendBufferOf(fastestOf([null]))).toBe(393_216);
});

test("the concentrator hears the rate that the gateway tells, to a kilobyte", () => {
  expect(parseFastest(renderFastest(null))).toBeNull();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 900_000_000 }), (rate) => {
      expect(Math.abs((parseFastest(renderFastest(rate)) ?? -1) - rate)).toBeLessThanOrEqual(500);
    }),
  );
});

test("what is no rate is none, whoever says it", () => {
  for (const line of ["", "\n", "12", "-1\n", "1e9\n", "1234567\n", "1\n2\n"]) expect(parseFastest(line)).toBeNull();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (line) => {
      const rate = parseFastest(line);
      if (rate !== null) expect(sendBufferOf(rate)).toBeLessThanOrEqual(16_777_216);
    }),
  );
});
