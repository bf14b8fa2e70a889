import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginCapacity, type Capacity, isWorthAChange, learnCapacity } from "../../../src/link/capacity.ts";

const WINDOW_S = 5;

/** A link looked at each second, which receives at these rates (bytes a second), each for one window. */
function learned(rates: readonly number[], known: number | null = null): Capacity {
  let state = beginCapacity({ atMs: 0, rxBytes: 0 }, known);
  let rxBytes = 0;
  for (let second = 1; second <= rates.length * WINDOW_S; second++) {
    rxBytes += rates[Math.ceil(second / WINDOW_S) - 1] ?? 0;
    state = learnCapacity(state, { atMs: second * 1_000, rxBytes });
  }
  return state;
}

describe("what a link is taken to carry", () => {
  it("is nothing that is known as long as it was not busy for three windows", () => {
    expect(learned([]).rate).toBeNull();
    expect(learned([120_000, 120_000]).rate).toBeNull();
    expect(learned([9_000, 9_000, 9_000, 9_000]).rate).toBeNull();
    expect(learned([120_000, 120_000, 0, 120_000, 120_000]).rate).toBeNull();
  });

  it("is the rate that it kept up, whatever its beginning was", () => {
    expect(learned([30_000, 120_000, 120_000]).rate).toBe(120_000);
  });

  it("is not what one window got that had waited before it", () => {
    expect(learned([120_000, 120_000, 120_000, 20_000, 220_000, 120_000, 120_000]).rate).toBeLessThanOrEqual(120_000);
  });

  it("rises at once when the link shows more, and falls by half in 28 busy minutes", () => {
    expect(learned([100_000, 100_000, 100_000, 200_000, 200_000]).rate).toBe(200_000);
    const minutes = (count: number) => Array.from({ length: (count * 60) / WINDOW_S }, () => 20_000);
    expect(learned(minutes(28), 200_000).rate).toBeCloseTo(100_000, -4);
    expect(learned(minutes(180), 200_000).rate).toBe(20_000);
  });

  it("is not forgotten while nobody uses the link", () => {
    expect(
      learned(
        Array.from({ length: 1_000 }, () => 500),
        200_000,
      ).rate,
    ).toBe(200_000);
  });

  it("begins anew with an interface made anew, and after a sleep, and keeps what was known", () => {
    const known = learned([120_000, 120_000, 120_000]);
    const { startMs: atMs, rxBytes } = known;
    expect(learnCapacity(known, { atMs: atMs + 5_000, rxBytes: 0 })).toMatchObject({ rate: 120_000, busy: 0 });
    const asleep = learnCapacity(known, { atMs: atMs + 60_000, rxBytes: rxBytes + 1e9 });
    expect(asleep).toMatchObject({ rate: 120_000, busy: 0 });
  });

  it("is never more than the best window, nor more than a window before or after it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 30 }), (rates) => {
        const twice = rates.map((rate, index) => Math.min(rate, rates[index - 1] ?? 0));
        const { rate } = learned(rates);
        expect(rate ?? 0).toBeLessThanOrEqual(Math.max(0, ...twice));
      }),
    );
  });
});

describe("weights are changed", () => {
  it.each([
    [null, 30, false],
    [null, 60, true],
    [100, 59, false],
    [130, 60, true],
    [124, 60, false],
    [70, 60, true],
    [113, 120, true],
    [112, 120, false],
    [105, 300, true],
    [104, 86_400, false],
  ])("from 100 to %s (null: from nothing known) after %i s: %s", (rate, ageS, worth) => {
    const [known, next] = rate === null ? [null, 100] : [100, rate];
    expect(isWorthAChange(known, next, ageS * 1_000)).toBe(worth);
  });
});
