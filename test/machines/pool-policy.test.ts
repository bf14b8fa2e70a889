import { expect, test } from "vitest";
import type { Member, PoolSettings, Standing } from "../../machines/uplinks/effects.ts";
import { bundleMembers, desiredNetwork } from "../../machines/uplinks/policy.ts";
import type { BundleRoute } from "../../src/bundle/types.ts";
import type { BalancerRule } from "../../src/config/types.ts";
import type { UplinkId } from "../../src/net/types.ts";

const SETTINGS: PoolSettings = { lan: "lan-br", by: "connection", rules: [], byHand: {}, measured: {} };

function member(slot: number, standing: Standing = "good", tier = 1, weight: number | "auto" = slot): Member {
  const link = { interface: `wan1-${slot}`, address: `10.0.${slot}.2`, dns: [] };
  return { id: `1-${slot}` as UplinkId, link, rank: { weight, tier }, standing };
}

function desired(members: readonly Member[], settings: Partial<PoolSettings> = {}) {
  const slots = Object.fromEntries(members.map(({ id }) => [id, Number(id.slice(2))]));
  return desiredNetwork(members, slots, { ...SETTINGS, ...settings });
}

function picked(...members: readonly Member[]): readonly (readonly [number, number])[] {
  const { uplinks, pick } = desired(members);
  expect(uplinks, "all keep what they have").toHaveLength(members.length);
  return pick.map(({ slot, weight }) => [slot, weight]);
}

/** Where connections of a rule go: slots, or a word. */
function pinned(use: BalancerRule["use"], strict: boolean, ...members: readonly Member[]) {
  const rule: BalancerRule = { to: "192.0.2.1", protocol: null, ports: [], use, strict };
  const over = desired(members, { rules: [rule] }).pins[0]?.over;
  return typeof over === "object" ? over.map(({ slot }) => slot) : over;
}

/** What the links 1-1, 1-2, … were seen to carry. */
function seen(...rates: readonly number[]): PoolSettings["measured"] {
  return Object.fromEntries(rates.map((rate, index) => [`1-${index + 1}`, rate]));
}

function weights(members: readonly Member[], settings: Partial<PoolSettings>): readonly number[] {
  return desired(members, settings).pick.map(({ weight }) => weight);
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

test("a bundle that is an interface is one more link, and the only one for new connections while it carries", () => {
  const members = [1, 2].map((slot): Member => {
    const { rank, ...rest } = member(slot);
    return { ...rest, rank: { ...rank, role: slot === 1 ? "bundle" : "balance" } };
  });
  const path = { kind: "interface", interface: "wanbundle", address: "172.31.119.2" } as const;
  const slots = { "1-1": 1, "1-2": 2 };
  const carrying = desiredNetwork(members, slots, SETTINGS, null, { concentrator: "198.51.100.9", path });
  expect(carrying.pick).toEqual([{ slot: 250, weight: 1 }]);
  const way = { slot: 250, id: "wanbundle", interface: "wanbundle", address: "172.31.119.2", via: null };
  expect(carrying.uplinks.map(({ slot }) => slot)).toEqual([1, 2, 250]);
  expect(carrying.uplinks[2]).toEqual(way);
  const silent = desiredNetwork(members, slots, SETTINGS, null, { concentrator: "198.51.100.9", path: null });
  expect(silent.pick.map(({ slot }) => slot)).toEqual([1, 2]);
  expect(silent.uplinks).toHaveLength(2);
});

test("a suspect link is better than none, and one on probation better than no link at all", () => {
  expect(picked(member(1, "suspect"), member(2, "probation"))).toEqual([[1, 1]]);
  expect(picked(member(1, "probation"), member(2, "draining"))).toEqual([[1, 1]]);
});

test("a link that is being drained gets none, even if it is the last", () => {
  expect(picked(member(1, "draining"))).toEqual([]);
});

const SECOND = "1-2" as UplinkId;

test("what a rule pins goes over its link whatever its tier, and not by a link that is drained", () => {
  expect(pinned(SECOND, false, member(1), member(2))).toEqual([2]);
  expect(pinned(SECOND, false, member(1), member(2, "good", 2))).toEqual([2]);
  expect(pinned(SECOND, false, member(1), member(2, "draining"))).toBe("pool");
  expect(pinned({ tier: 2 }, false, member(1), member(2, "good", 2), member(3, "good", 2))).toEqual([2, 3]);
});

test("a rule whose link is not there falls back to the pool, and a strict one refuses", () => {
  expect(pinned(SECOND, false, member(1))).toBe("pool");
  expect(pinned(SECOND, true, member(1))).toBe("nowhere");
  expect(pinned({ tier: 3 }, true, member(1))).toBe("nowhere");
  expect(pinned(SECOND, true)).toBe("nowhere");
});

test("a rule takes a link that is no better than the pool's; beside better ones only a strict one does", () => {
  expect(pinned(SECOND, false, member(1, "suspect"), member(2, "suspect"))).toEqual([2]);
  expect(pinned(SECOND, false, member(1), member(2, "suspect"))).toBe("pool");
  expect(pinned(SECOND, true, member(1), member(2, "suspect"))).toEqual([2]);
});

test("weights that are auto follow what was measured, and the rest counts as its mean", () => {
  const autos = [1, 2, 3].map((slot) => member(slot, "good", 1, "auto"));
  expect(weights(autos, {})).toEqual([1, 1, 1]);
  expect(weights(autos, { measured: seen(120_000, 120_000, 310_000) })).toEqual([13, 13, 34]);
  expect(weights(autos, { measured: seen(100_000, 300_000) })).toEqual([10, 30, 20]);
});

test("a link that showed next to nothing still gets a twentieth of the best one's share", () => {
  const autos = [1, 2].map((slot) => member(slot, "good", 1, "auto"));
  const [least = 0, best = 0] = weights(autos, { measured: seen(1, 5_000_000) });
  expect(best / least).toBe(20);
});

test("a fixed weight is measured against that mean, and stays as it is beside fixed ones", () => {
  const measured = seen(100_000, 300_000, 9_000_000);
  const [slow, fast] = [member(1, "good", 1, "auto"), member(2, "good", 1, "auto")];
  expect(weights([slow, fast, member(3, "good", 1, 3)], { measured })).toEqual([10, 30, 60]);
  expect(weights([member(1), member(3)], { measured })).toEqual([1, 3]);
  expect(weights([slow, member(2, "good", 1, 1000)], { measured })).toEqual([1, 1000]);
});

test("a hand wins over the config, for tier and weight each by itself", () => {
  const byHand = { [SECOND]: { weight: 7 } };
  expect(weights([member(1), member(2)], { byHand })).toEqual([1, 7]);
  expect(weights([member(1), member(2)], { byHand: { [SECOND]: { tier: 2 } } })).toEqual([1]);
  expect(pinned({ tier: 2 }, true, member(1), member(2))).toBe("nowhere");
});

test("a modem's link has IPv6 where its interface has an address; the LAN's network is named once any had", () => {
  const eth0 = { ...member(2), id: "eth0" as UplinkId, link: { interface: "eth0", address: "192.0.2.2", dns: [] } };
  const members = [member(1), eth0];
  const slots = { "1-1": 1, eth0: 2 } as Record<UplinkId, number>;
  const settings = { ...SETTINGS, lanPrefix: "fd00:db8::/64" };
  const addresses = { "wan1-1": "2001:db8::1", eth0: "2001:db8::2" };
  const before = desiredNetwork(members, slots, settings);
  expect([before.lanPrefix, before.uplinks.some((link) => "address6" in link)]).toEqual([undefined, false]);
  const during = desiredNetwork(members, slots, settings, addresses);
  expect(during.uplinks.map(({ address6 }) => address6)).toEqual(["2001:db8::1", undefined]);
  expect(during.lanPrefix).toBe("fd00:db8::/64");
  expect(desiredNetwork(members, slots, settings, {})).toEqual({ ...before, lanPrefix: "fd00:db8::/64" });
  expect(desiredNetwork(members, slots, { ...settings, lanPrefix: null }, addresses)).toEqual(before);
});

/** A bundle that carries, or one that is silent. */
const CARRYING: BundleRoute = {
  concentrator: "198.51.100.9",
  path: { kind: "proxy", address: "172.17.2.1", port: 7118 },
  probe: { address: "127.119.0.1", port: 7118, via: { address: "172.17.2.1", port: 7118 } },
};
const SILENT: BundleRoute = { ...CARRYING, path: null };

function bundled(slot: number, standing: Standing = "good", tier = 1): Member {
  const { rank, ...rest } = member(slot, standing, tier, 1);
  return { ...rest, rank: { ...rank, role: "bundle" } };
}

/** Who gets what is balanced, who is in the bundle, and whether TCP goes into it. */
function shared(route: BundleRoute | null, ...members: readonly Member[]) {
  const slots = Object.fromEntries(members.map(({ id }) => [id, Number(id.slice(2))]));
  const { pick, bundle } = desiredNetwork(members, slots, SETTINGS, null, route);
  return { pick: pick.map(({ slot }) => slot), members: bundle?.members, carries: bundle?.proxy?.carries };
}

test("while the bundle carries, its links are left to it, and what it does not carry goes over the others", () => {
  expect(shared(CARRYING, member(1), bundled(2), bundled(3))).toEqual({ pick: [1], members: [2, 3], carries: true });
});

test("where all links are in the bundle, what it does not carry goes over them too", () => {
  expect(shared(CARRYING, bundled(2), bundled(3))).toEqual({ pick: [2, 3], members: [2, 3], carries: true });
});

test("while the bundle is silent, and where there is none, all links are balanced", () => {
  expect(shared(SILENT, member(1), bundled(2))).toEqual({ pick: [1, 2], members: [2], carries: false });
  expect(shared(null, member(1), bundled(2))).toEqual({ pick: [1, 2], members: undefined, carries: undefined });
});

test("a bundle's connections begin at its fastest link, as far as that is known, and in the order of slots where they are alike", () => {
  const members = [1, 2, 3].map((slot) => bundled(slot));
  const slots = { "1-1": 1, "1-2": 2, "1-3": 3 };
  const order = (...rates: readonly number[]) =>
    desiredNetwork(members, slots, { ...SETTINGS, measured: seen(...rates) }, null, CARRYING).bundle?.members;
  expect(order()).toEqual([1, 2, 3]);
  expect(order(120_000, 130_000, 310_000)).toEqual([3, 1, 2]);
  expect(order(10_000, 120_000)).toEqual([2, 1, 3]);
});

test("a bundle whose last link has gone carries nothing, whatever was heard of it last", () => {
  expect(shared(CARRYING, member(1))).toEqual({ pick: [1], members: [], carries: false });
  expect(shared(CARRYING, member(1), bundled(2, "probation"))).toMatchObject({ members: [], carries: false });
});

test("a link of the bundle that does badly is set aside while it has a better one", () => {
  const slots = { "1-1": 1, "1-2": 2, "1-3": 3 };
  const inBundle = (...members: readonly Member[]) => bundleMembers(members, slots, SETTINGS).map(({ slot }) => slot);
  expect(inBundle(bundled(1, "suspect"), bundled(2), bundled(3, "draining"))).toEqual([2]);
  expect(inBundle(bundled(1, "suspect"), bundled(2, "suspect"))).toEqual([1, 2]);
  expect(inBundle(bundled(1), bundled(2, "good", 2))).toEqual([1]);
});

test("a link that the bundle carries more without is no member, and nothing is sent by it, as long as there is another one", () => {
  const slots = { "1-1": 1, "1-2": 2 };
  const all = [bundled(1), bundled(2)];
  const without = (...aside: readonly UplinkId[]) => {
    const settings = { ...SETTINGS, aside };
    const members = bundleMembers(all, slots, settings).map(({ slot }) => slot);
    expect(desiredNetwork(all, slots, settings, null, CARRYING).bundle?.members).toEqual(members);
    return members;
  };
  const [first, second] = all.map(({ id }) => id) as [UplinkId, UplinkId];
  expect(without()).toEqual([1, 2]);
  expect(without(first)).toEqual([2]);
  expect(without(first, second)).toEqual([1, 2]);
});
