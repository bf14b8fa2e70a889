import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressesGone, renderRoutes, slotsCutLoose, slotsOf, wantedObjects } from "../../../src/net/render-routes.ts";
import type { DesiredNetwork, InterfaceId } from "../../../src/net/types.ts";
import { network, networkOf, sharesOf, uplink, withIpv6 } from "./uplinks.ts";

const ROUTES_OF_1 = [
  "route replace default dev ppp0 table 27001 proto 119",
  "route replace default dev ppp0 table 254 metric 20001 proto 119",
];
const ROUTES_OF_2 = [
  "route replace default dev ppp1 table 27002 proto 119",
  "route replace default dev ppp1 table 254 metric 20002 proto 119",
];
const MAIN_FIRST = "from all lookup 254 suppress_prefixlength 0 pref 16999 protocol 119";
const MARK_RULE_2 = "from all fwmark 0x00000200/0x0000ff00 lookup 27002 pref 17002 protocol 119";
const ADDRESS_RULE_2 = "from 10.0.2.2 lookup 27002 pref 17302 protocol 119";

function from(present: DesiredNetwork, desired: DesiredNetwork) {
  return renderRoutes(wantedObjects(present), desired);
}

describe("rules and routes", () => {
  it("of the first link are made before the pick chain: routes, then rules", () => {
    expect(from(network([]), network([5]))).toEqual({
      before: [
        ...ROUTES_OF_1,
        `rule add ${MAIN_FIRST}`,
        "rule add from all fwmark 0x00000100/0x0000ff00 lookup 27001 pref 17001 protocol 119",
        "rule add from 10.0.1.2 lookup 27001 pref 17301 protocol 119",
      ],
      after: [],
    });
  });

  it("tell the slot of each link, also of one with a router", () => {
    const links = networkOf([
      [3, 1],
      [250, 0],
    ]);
    const [first, second] = links.uplinks;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const present = wantedObjects({ ...links, uplinks: [{ ...first, via: "192.0.2.1" }, second] });
    expect([...slotsOf(present)]).toEqual([
      [first.interface, 3],
      [second.interface, 250],
    ]);
  });

  it("of a bundle send what has no address yet to a member, behind the rules by address", () => {
    const bundle = { concentrator: "198.51.100.9", members: [2] };
    expect(from(network([1, 0]), { ...network([1, 0]), bundle }).before.slice(-2)).toEqual([
      "route replace default dev ppp1 table 27251 metric 20002 proto 119",
      "rule add from all to 198.51.100.9 lookup 27251 pref 17900 protocol 119",
    ]);
    expect(from({ ...network([1, 0]), bundle }, network([1, 0])).after).toContain(
      "rule del from all to 198.51.100.9 lookup 27251 pref 17900 protocol 119",
    );
    expect(slotsOf(wantedObjects({ ...network([1, 0]), bundle })).size).toBe(2);
  });

  it("of a bundle begin connections at its fastest link, and never two at the same metric when that becomes another", () => {
    const bundle = { concentrator: "198.51.100.9", members: [1, 2] };
    const before = { ...network([1, 1]), bundle };
    const now = { ...before, bundle: { ...bundle, members: [2, 1] } };
    expect(from(before, now)).toEqual({
      before: expect.arrayContaining([
        "route replace default dev ppp1 table 27251 metric 20002 proto 119",
        "route replace default dev ppp0 table 27251 metric 21001 proto 119",
      ]),
      after: [
        "route del default dev ppp1 table 27251 metric 21002 proto 119",
        "route del default dev ppp0 table 27251 metric 20001 proto 119",
      ],
    });
  });

  it("of a second link leave the first one's rules alone", () => {
    expect(from(network([1]), network([1, 1]))).toEqual({
      before: [...ROUTES_OF_1, ...ROUTES_OF_2, `rule add ${MARK_RULE_2}`, `rule add ${ADDRESS_RULE_2}`],
      after: [],
    });
  });

  it("of a link that leaves go after the pick chain: rules, then routes", () => {
    expect(from(network([1, 1]), network([1]))).toEqual({
      before: [],
      after: [
        `rule del ${ADDRESS_RULE_2}`,
        `rule del ${MARK_RULE_2}`,
        "route del default dev ppp1 table 254 metric 20002 proto 119",
        "route del default dev ppp1 table 27002 proto 119",
        ...ROUTES_OF_1,
      ],
    });
  });

  it("of an unchanged network: routes are told again, for a replugged interface has lost them", () => {
    expect(from(network([1]), network([1]))).toEqual({ before: [], after: ROUTES_OF_1 });
  });

  it("of an interface that others configure: the gateway's own traffic asks us before their default route", () => {
    const eth0 = { ...uplink(2), id: "eth0" as InterfaceId, interface: "eth0", via: "192.0.2.1" };
    const desired = { ...network([1, 1]), uplinks: [uplink(1), eth0], pick: sharesOf([1, 0]) };
    const { before } = from(network([1]), desired);
    expect(before).toContain("rule add from all lookup 27000 pref 32765 protocol 119");
    expect(before.filter((line) => line.includes("table 27000 "))).toEqual([
      "route replace default dev ppp0 table 27000 metric 20001 proto 119",
      "route replace default via 192.0.2.1 dev eth0 table 27000 metric 20302 proto 119",
    ]);
    expect(from(desired, network([1])).after).toContain("rule del from all lookup 27000 pref 32765 protocol 119");
    // Dead, it is out of the pool, and its owner's route still there.
    const dead = from(desired, { ...network([1]), othersDefault: true });
    expect([...dead.before, ...dead.after].filter((line) => line.includes("32765"))).toEqual([]);
  });

  it("put a link that gets no new connections behind all others for the gateway's own traffic", () => {
    expect(from(network([1]), network([0]))).toEqual({
      before: [ROUTES_OF_1[0], "route replace default dev ppp0 table 254 metric 20301 proto 119"],
      after: ["route del default dev ppp0 table 254 metric 20001 proto 119"],
    });
  });

  it("name the router where a link has others on it", () => {
    const wired = { ...network([1]), uplinks: [{ ...uplink(1), via: "192.0.2.1" }] };
    expect(from(network([]), wired).before.slice(0, 2)).toEqual([
      "route replace default via 192.0.2.1 dev ppp0 table 27001 proto 119",
      "route replace default via 192.0.2.1 dev ppp0 table 254 metric 20001 proto 119",
    ]);
  });

  it("of IPv6 are made for the links that have it, beside those of IPv4", () => {
    const { before } = from(network([1, 1]), withIpv6([1, 1], [2]));
    expect(before.filter((line) => /^\w+6 /.test(line))).toEqual([
      "route6 replace default dev ppp1 table 27002 metric 1024 proto 119",
      "route6 replace default dev ppp1 table 254 metric 20002 proto 119",
      `rule6 add ${MAIN_FIRST}`,
      `rule6 add ${MARK_RULE_2}`,
      "rule6 add from 2001:db8::2 lookup 27002 pref 17302 protocol 119",
    ]);
  });

  it("lead from whatever is there to exactly what is wanted", () => {
    const links = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 1 })), {
      maxLength: 4,
      selector: ([slot]) => slot,
    });
    const anyNetwork = links.map(networkOf);
    fc.assert(
      fc.property(anyNetwork, anyNetwork, (present, desired) => {
        const held = new Set(wantedObjects(present));
        const { before, after } = from(present, desired);
        for (const line of [...before, ...after]) {
          const [, kind, verb, rest] = /^(\w+) (\w+) (.*)$/.exec(line) ?? [];
          if (verb === "del") expect(held.delete(`${kind} ${rest}`)).toBe(true);
          else held.add(`${kind} ${rest}`);
        }
        expect([...held].sort()).toEqual(wantedObjects(desired).sort());
      }),
    );
  });
});

describe("connections are cut loose", () => {
  const ends = (present: DesiredNetwork, desired: DesiredNetwork) => slotsCutLoose(wantedObjects(present), desired);
  const cut = (present: DesiredNetwork, desired: DesiredNetwork) => ends(present, desired).map(({ slot }) => slot);
  const changed = (change: object) => ({ ...network([]), uplinks: [{ ...uplink(1), ...change }] });

  it("of links that left, and of no other", () => {
    expect(cut(network([1, 1, 1]), { ...network([]), uplinks: [uplink(2)] }).sort()).toEqual([1, 3]);
  });

  it("of a link that came back with another address", () => {
    expect(cut(network([1]), changed({ address: "10.9.9.9" }))).toEqual([1]);
  });

  it("of a link that lost its IPv6 address only, those of IPv6", () => {
    expect(ends(withIpv6([1, 1], [1, 2]), withIpv6([1, 1], [1]))).toEqual([{ slot: 2, family: 6 }]);
    expect(ends(withIpv6([1], [1]), withIpv6([], []))).toEqual([
      { slot: 1, family: 4 },
      { slot: 1, family: 6 },
    ]);
  });

  it("but not when only weight or interface changed, nor when a link joins", () => {
    expect(cut(network([1]), network([0]))).toEqual([]);
    expect(cut(network([1]), changed({ interface: "ppp7" }))).toEqual([]);
    expect(cut(network([1]), network([1, 1]))).toEqual([]);
  });

  it("tell the addresses that have gone, and not one that another link still has", () => {
    const present = wantedObjects(network([1, 1]));
    expect(addressesGone(present, network([1]))).toEqual(["10.0.2.2"]);
    expect(addressesGone(present, { ...network([1]), uplinks: [{ ...uplink(1), address: "10.0.2.2" }] })).toEqual([
      "10.0.1.2",
    ]);
    expect(addressesGone(present, network([1, 0]))).toEqual([]);
    expect(addressesGone(wantedObjects(withIpv6([1], [1])), network([1]))).toEqual(["2001:db8::1"]);
  });
});
