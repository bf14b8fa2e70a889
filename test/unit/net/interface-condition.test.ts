import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlap, parseCondition } from "../../../src/net/interface-condition.ts";

const LAN = "172.17.2.1/24";
const address = (local: string, prefixlen = 24, more: object = {}) => ({
  family: "inet",
  local,
  prefixlen,
  scope: "0",
  ...more,
});
const IPV6 = { family: "inet6", local: "fe80::1", prefixlen: 64, scope: "253" };
const route = (gateway: string | undefined, more: object = {}) => ({
  dst: "default",
  gateway,
  dev: "eth0",
  flags: [],
  ...more,
});

/** As iproute2 6.1 tells it: an array of the interface, and one of default routes. */
function seen(
  addresses: readonly object[],
  routes: readonly object[],
  flags: readonly string[] = ["UP", "LOWER_UP"],
  lan: string | null = LAN,
) {
  const itself = { ifindex: 3, ifname: "eth0", flags, addr_info: addresses };
  return parseCondition(`${JSON.stringify([itself])}\n${JSON.stringify(routes)}\n`, "eth0", lan);
}
const ready = (own: string, via: string | null) => ({
  condition: "ready",
  link: { interface: "eth0", address: own, via, dns: [] },
});

describe("what an interface is good for", () => {
  it.each([
    ["down", seen([address("192.0.2.2")], [route("192.0.2.1")], ["BROADCAST"])],
    ["unplugged", seen([address("192.0.2.2")], [route("192.0.2.1")], ["NO-CARRIER", "UP"])],
    ["unaddressed", seen([], [])],
    ["unaddressed", seen([IPV6], [])],
    ["unaddressed", seen([address("169.254.1.1", 16, { scope: "253" })], [])],
    ["unaddressed", seen([address("192.0.2.2", 24, { deprecated: true })], [route("192.0.2.1")])],
    ["unrouted", seen([address("192.0.2.2")], [])],
    ["unrouted", seen([address("192.0.2.2")], [route("192.0.2.1", { dev: "eth1" })])],
    ["unrouted", seen([address("192.0.2.2")], [route("192.0.2.1", { protocol: "119", metric: 20001 })])],
    ["unrouted", seen([address("192.0.2.2")], [route("fe80::1")])],
    ["absent", parseCondition(JSON.stringify([route("192.0.2.1")]), "eth0", LAN)],
    ["absent", parseCondition("", "eth0", LAN)],
  ])("may be %s", (condition, result) => {
    expect(result).toEqual({ condition });
  });

  it("is ready with an address and a default route of whatever metric; of several routes the lowest counts", () => {
    const routes = [route("192.0.2.9", { metric: 200 }), route("192.0.2.1", { metric: 100 })];
    expect(seen([IPV6, address("192.0.2.2")], routes)).toEqual(ready("192.0.2.2", "192.0.2.1"));
  });

  it("takes the address that the route names, else one of the router's net, else the first", () => {
    const addresses = [address("198.51.100.2"), address("192.0.2.2"), address("192.0.2.3")];
    expect(seen(addresses, [route("192.0.2.1")])).toEqual(ready("192.0.2.2", "192.0.2.1"));
    expect(seen(addresses, [route("192.0.2.1", { prefsrc: "192.0.2.3" })])).toEqual(ready("192.0.2.3", "192.0.2.1"));
    expect(seen(addresses, [route("203.0.113.1")])).toEqual(ready("198.51.100.2", "203.0.113.1"));
  });

  it("needs no router on a point-to-point link, and finds one among several next hops", () => {
    expect(seen([address("192.0.2.2", 32)], [route(undefined)])).toEqual(ready("192.0.2.2", null));
    const hops = [
      { gateway: "203.0.113.1", dev: "eth1" },
      { gateway: "192.0.2.1", dev: "eth0" },
    ];
    const result = seen([address("192.0.2.2")], [{ dst: "default", metric: 5, flags: [], nexthops: hops }]);
    expect(result).toEqual(ready("192.0.2.2", "192.0.2.1"));
  });

  it.each([
    ["172.17.2.77", 24],
    ["172.17.0.1", 16],
    ["172.17.2.200", 30],
  ])("clashes with the LAN as %s/%i", (local, prefix) => {
    const addresses = [address("192.0.2.2"), address(local, prefix)];
    expect(seen(addresses, [route("192.0.2.1")])).toEqual({
      condition: "clashing",
      address: `${local}/${prefix}`,
      lan: LAN,
    });
  });

  it("clashes with no LAN that is not there", () => {
    expect(seen([address("172.17.2.77")], [route("192.0.2.1")], undefined, null)).toEqual(
      ready("172.17.2.77", "192.0.2.1"),
    );
  });

  it("is told whatever JSON comes, and a text that is none is refused", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (one, other) => {
        const lines = `${one}\n${other}`.replaceAll(/\n(?=.*\n)/g, " ");
        expect(parseCondition(lines, "eth0", LAN)).toHaveProperty("condition");
      }),
    );
    expect(() => parseCondition("eth0: up", "eth0", LAN)).toThrow(SyntaxError);
  });
});

it("two nets overlap exactly if one holds the other's first address", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const net = fc.tuple(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }));
  const number = (parts: readonly number[]) => parts.slice(0, 4).reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  fc.assert(
    fc.property(net, net, (one, other) => {
      const shift = BigInt(32 - Math.min(one[4], other[4]));
      const text = (parts: readonly number[]) => `${parts.slice(0, 4).join(".")}/${parts[4]}`;
      expect(overlap(text(one), text(other))).toBe(number(one) >> shift === number(other) >> shift);
    }),
  );
});
