import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestMembers, expectedRate, type MemberMeasure } from "../../../../src/bundle/mlppp/expected-rate.ts";
import { isInDoubt, judgeMembers, membersIn, type Standings } from "../../../../src/bundle/mlppp/judge-members.ts";
import type { UplinkId } from "../../../../src/net/types.ts";

const [A, B, C] = ["a", "b", "c"].map((id) => id as UplinkId) as [UplinkId, UplinkId, UplinkId];
const thesis: readonly MemberMeasure[] = [
  { id: A, rate: 120_000, echoMs: 260 },
  { id: B, rate: 120_000, echoMs: 280 },
  { id: C, rate: 310_000, echoMs: 140 },
];
const ids = thesis.map(({ id }) => id);

function slow(id: UplinkId, echoMs: number, rate?: number): readonly MemberMeasure[] {
  return thesis.map((member) => (member.id === id ? { ...member, echoMs, rate: rate ?? member.rate } : member));
}

/** Looks every 5 s with the same measures of those who are members. */
function watch(
  measures: readonly MemberMeasure[],
  looks: number,
  before: Standings = new Map(),
  fromMs = 0,
): Standings {
  let standings = before;
  for (let look = 0; look < looks; look++) {
    const members = look === 0 && before.size === 0 ? ids : membersIn(standings);
    standings = judgeMembers(
      standings,
      ids,
      measures.filter(({ id }) => members.includes(id)),
      fromMs + look * 5_000,
    );
  }
  return standings;
}

describe("what a bundle is expected to carry", () => {
  it("is the sum of its members where their delays are alike", () => {
    expect(expectedRate(thesis)).toBe(550_000);
    expect(bestMembers(thesis)).toHaveLength(3);
  });

  it("is bounded by the kernel's queue where one is late", () => {
    expect(expectedRate(slow(A, 900))).toBeLessThan(200_000);
    expect(
      bestMembers(slow(A, 900))
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(["b", "c"]);
  });

  it("is the same whatever the order, and never better for a subset than for the best one", () => {
    const member = fc.record({
      id: fc.uuid().map((id) => id as UplinkId),
      rate: fc.integer({ min: 1_000, max: 10_000_000 }),
      echoMs: fc.integer({ min: 10, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), fc.nat(255), (members, bits) => {
        const subset = members.filter((_, index) => (bits & (1 << index)) !== 0);
        expect(expectedRate(subset)).toBeLessThanOrEqual(expectedRate(bestMembers(members)));
        expect(expectedRate(members.toReversed())).toBe(expectedRate(members));
      }),
    );
  });
});

describe("who is a member", () => {
  it("is everybody while nobody drags", () => {
    expect(membersIn(watch(thesis, 100))).toEqual(ids);
  });

  it("is not set aside for one late echo", () => {
    const once = watch(slow(A, 900), 2);
    expect(membersIn(watch(thesis, 10, once, 10_000))).toEqual(ids);
  });

  it("is set aside when three looks say that the others carry more without it", () => {
    expect(membersIn(watch(slow(A, 900), 3))).toEqual(["b", "c"]);
  });

  it("is in doubt from the first such look on, until one says otherwise", () => {
    expect([0, 1, 2].map((looks) => isInDoubt(watch(slow(A, 900), looks)))).toEqual([false, true, true]);
    expect(isInDoubt(watch(slow(A, 900), 3))).toBe(false);
    expect(isInDoubt(watch(thesis, 1, watch(slow(A, 900), 2)))).toBe(false);
  });

  it("comes back after a minute, and after twice that when it still drags", () => {
    const aside = watch(slow(A, 900), 3);
    expect(membersIn(judgeMembers(aside, ids, [], 69_999))).toEqual(["b", "c"]);
    const back = judgeMembers(aside, ids, [], 70_000);
    expect(membersIn(back)).toEqual(ids);
    const again = watch(slow(A, 900), 3, back, 75_000);
    expect(again.get(A)).toMatchObject({ asideUntilMs: 205_000, times: 2 });
  });

  it("starts anew with a minute after five calm minutes", () => {
    const back = judgeMembers(watch(slow(A, 900), 3), ids, [], 70_000);
    const calm = watch(thesis, 61, back, 75_000);
    expect(calm.get(A)).toMatchObject({ times: 0, asideUntilMs: null });
  });

  it("keeps the one that is worth more when two do not go together", () => {
    const apart = thesis.filter(({ id }) => id !== B).map((m) => (m.id === A ? { ...m, echoMs: 2_000 } : m));
    let standings: Standings = new Map();
    for (let look = 0; look < 3; look++) standings = judgeMembers(standings, [A, C], apart, look * 5_000);
    expect(membersIn(standings)).toEqual(["c"]);
  });

  it("forgets who is gone, and never sets the last one aside", () => {
    const standings = judgeMembers(watch(thesis, 1), [C], slow(C, 4_000).slice(2), 5_000);
    expect(membersIn(standings)).toEqual(["c"]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10, max: 5_000 }), { minLength: 3, maxLength: 3 }), (echoes) => {
        const measures = thesis.map((member, index) => ({ ...member, echoMs: echoes[index] ?? 10 }));
        expect(membersIn(watch(measures, 3)).length).toBeGreaterThan(0);
      }),
    );
  });
});
