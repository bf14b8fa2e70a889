import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrival, settledRate } from "../../../../src/bundle/mlppp/measure-member.ts";

describe("what a member was measured to carry", () => {
  /** One a tenth of a second, by what came in each. */
  const stream = (...bytes: readonly number[]): readonly Arrival[] => {
    let sum = 0;
    return bytes.map((each, index) => {
      sum += each;
      return { atMs: index * 100, bytes: sum };
    });
  };
  const seconds = (count: number, rate: number): readonly number[] => Array(count * 10).fill(rate / 10);

  it("is what came when it had settled, as a stream begins slowly", () => {
    expect(settledRate(stream(...seconds(1, 10_000), ...seconds(1.5, 300_000)))).toBe(300_000);
  });

  it("is neither a pause of the network's nor what had waited meanwhile", () => {
    const paused = [...seconds(1.5, 120_000), ...seconds(0.3, 0), ...seconds(0.2, 300_000), ...seconds(1, 120_000)];
    expect(settledRate(stream(...paused))).toBe(120_000);
  });

  it("is right to a fifth of a percent in every other case where looks at the counter are up to 20 ms late", () => {
    const wrong = Array.from({ length: 200 }, (_, seed) => {
      let state = seed + 1;
      /** At most 20 ms, from a row of numbers that only look random (Park and Miller's). */
      const late = (): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state % 21;
      };
      const arrivals = Array.from({ length: 60 }, (_, index) => {
        const atMs = index * 50 + late();
        return { atMs, bytes: Math.floor((atMs * 118) / 1_480) * 1_480 };
      });
      return Math.abs((settledRate(arrivals) ?? 0) / 118_000 - 1);
    });
    expect(wrong.toSorted((a, b) => a - b)[100]).toBeLessThan(0.002);
  });

  it("of a stream that is soon over is what came in its later part", () => {
    expect(settledRate(stream(10_000, 10_000, 300_000, 300_000, 300_000))).toBe(3_000_000);
  });

  it("is not known where nothing came, or next to nothing, or all at once", () => {
    expect(settledRate([])).toBeNull();
    expect(
      settledRate([
        { atMs: 0, bytes: 10 },
        { atMs: 900, bytes: 9_000 },
      ]),
    ).toBeNull();
    expect(settledRate([{ atMs: 5, bytes: 1_000_000 }])).toBeNull();
  });

  it("is never more than came at the fastest, for any arrivals", () => {
    const steps = fc.array(
      fc.record({ ms: fc.integer({ min: 1, max: 500 }), bytes: fc.integer({ min: 1, max: 1e5 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, (each) => {
        const sums = { atMs: 0, bytes: 0 };
        const arrivals = each.map(({ ms, bytes }) => {
          sums.atMs += ms;
          sums.bytes += bytes;
          return { ...sums };
        });
        const rate = settledRate(arrivals);
        const fastest = Math.max(0, ...each.map(({ ms, bytes }) => (bytes * 1_000) / ms));
        if (rate !== null) expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate ?? 0).toBeLessThanOrEqual(fastest + 1);
      }),
    );
  });
});
