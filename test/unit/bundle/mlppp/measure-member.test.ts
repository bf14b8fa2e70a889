import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrival, settledRate } from "../../../../src/bundle/mlppp/measure-member.ts";

describe("what a member was measured to carry", () => {
  it("is what came in the second half, as a stream begins slowly", () => {
    const slow = [0, 100, 200, 300, 400].map((atMs): Arrival => ({ atMs, bytes: 2_000 + atMs * 10 }));
    const fast = [500, 600, 700, 800].map((atMs): Arrival => ({ atMs, bytes: 6_000 + (atMs - 400) * 300 }));
    expect(settledRate([...slow, ...fast])).toBe(300_000);
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
