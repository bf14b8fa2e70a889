import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_MAP, reduceWeights, spread } from "../../../src/net/spread.ts";

const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 12 });
const anyNumberOfLinks = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 250 });

function count(sequence: readonly number[], index: number): number {
  return sequence.filter((each) => each === index).length;
}

/** How many turns follow each other without another link between them. */
function longestRun(gaps: readonly number[]): number {
  let longest = 1;
  let run = 1;
  for (const gap of gaps) {
    run = gap === 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

describe("the order in which links get connections", () => {
  it.each([
    { weights: [1], sequence: [0] },
    { weights: [7], sequence: [0] },
    { weights: [1, 1], sequence: [0, 1] },
    { weights: [500, 500, 1000], sequence: [2, 0, 1, 2] },
    { weights: [3, 1, 1], sequence: [0, 0, 1, 0, 2] },
    { weights: [0, 2, 1], sequence: [1, 1, 2] },
    { weights: [0, 0], sequence: [] },
    { weights: [], sequence: [] },
  ])("weights $weights", ({ weights, sequence }) => {
    expect(spread(weights)).toEqual(sequence);
  });

  it("names each link exactly as often as its reduced weight", () => {
    fc.assert(
      fc.property(weights, (weights) => {
        const sequence = spread(weights);
        expect(weights.map((_, index) => count(sequence, index))).toEqual(reduceWeights(weights));
      }),
    );
  });

  it("keeps every link within one connection of its share, after any number of connections", () => {
    fc.assert(
      fc.property(weights, (weights) => {
        const sequence = spread(weights);
        const shares = reduceWeights(weights);
        const had = shares.map(() => 0);
        sequence.forEach((next, turn) => {
          had[next] = (had[next] ?? 0) + 1;
          shares.forEach((share, index) => {
            const ahead = (had[index] ?? 0) * sequence.length - (turn + 1) * share;
            if (Math.abs(ahead) >= sequence.length) throw new Error(`link ${index} after ${turn + 1} connections`);
          });
        });
      }),
    );
  });

  it("lets no link wait twice as long as its share says, nor burst, also from the end to the beginning", () => {
    fc.assert(
      fc.property(weights, (weights) => {
        const sequence = spread(weights);
        const shares = reduceWeights(weights);
        shares.forEach((share, index) => {
          if (share === 0) return;
          const turns = [...sequence, ...sequence].flatMap((each, turn) => (each === index ? [turn] : []));
          const gaps = turns.slice(1).map((turn, n) => turn - (turns[n] ?? 0));
          expect(Math.max(...gaps)).toBeLessThanOrEqual((2 * sequence.length) / share);
          if (share < sequence.length) {
            const necessary = Math.ceil(share / (sequence.length - share));
            expect(longestRun(gaps)).toBeLessThanOrEqual(necessary + 1);
          }
        });
      }),
    );
  });
});

describe("weights made small", () => {
  it.each([
    { weights: [300, 100, 100], shares: [3, 1, 1] },
    { weights: [0, 4, 0], shares: [0, 1, 0] },
    { weights: [1000, 1], shares: [255, 1] },
    { weights: [999, 998], shares: [1, 1] },
    { weights: [1000, 1000, 1], shares: [128, 127, 1] },
  ])("$weights become $shares", ({ weights, shares }) => {
    expect(reduceWeights(weights)).toEqual(shares);
  });

  it("fits the map, keeps order, zero and every positive weight", () => {
    fc.assert(
      fc.property(anyNumberOfLinks, (weights) => {
        const shares = reduceWeights(weights);
        expect(shares.reduce((a, b) => a + b)).toBeLessThanOrEqual(MAX_MAP);
        weights.forEach((weight, index) => {
          const share = shares[index] ?? -1;
          expect(share > 0).toBe(weight > 0);
          weights.forEach((other, at) => {
            if (weight > other && share < (shares[at] ?? 0)) throw new Error(`${weight} got less than ${other}`);
          });
        });
      }),
    );
  });

  it("changes nothing but the common divisor while the map has room", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const shares = reduceWeights(weights);
        const ratio = (weights[0] ?? 1) / (shares[0] ?? 1);
        expect(shares.map((share) => share * ratio)).toEqual(weights);
      }),
    );
  });
});
