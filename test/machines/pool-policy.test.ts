import { expect, test } from "vitest";
import type { Member, Standing } from "../../machines/uplinks/effects.ts";
import { desiredNetwork } from "../../machines/uplinks/policy.ts";
import type { UplinkId } from "../../src/net/types.ts";

const SETTINGS = { lan: "lan-br", by: "connection" } as const;

function member(slot: number, standing: Standing = "good", tier = 1, weight: number | "auto" = slot): Member {
  const link = { interface: `wan1-${slot}`, address: `10.0.${slot}.2`, dns: [] };
  return { id: `1-${slot}` as UplinkId, link, rank: { weight, tier }, standing };
}

function picked(...members: readonly Member[]): readonly (readonly [number, number])[] {
  const slots = Object.fromEntries(members.map(({ id }) => [id, Number(id.slice(2))]));
  const { uplinks, pick } = desiredNetwork(members, slots, SETTINGS);
  expect(uplinks, "all keep what they have").toHaveLength(members.length);
  return pick.map(({ slot, weight }) => [slot, weight]);
}

test("good links share new connections by weight, in the order of their slots", () => {
  expect(picked(member(3), member(1), member(2))).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});

test("a backup gets new connections only while the tier above it has no good link", () => {
  expect(picked(member(1), member(2, "good", 2))).toEqual([[1, 1]]);
  expect(picked(member(1, "suspect"), member(2, "good", 2))).toEqual([[2, 2]]);
  expect(picked(member(2, "good", 2), member(3, "good", 3))).toEqual([[2, 2]]);
});

test("a suspect link is better than none, and one on probation better than no link at all", () => {
  expect(picked(member(1, "suspect"), member(2, "probation"))).toEqual([[1, 1]]);
  expect(picked(member(1, "probation"), member(2, "draining"))).toEqual([[1, 1]]);
});

test("a link that is being drained gets none, even if it is the last", () => {
  expect(picked(member(1, "draining"))).toEqual([]);
});
