import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDesired, isInterfaceName } from "../../../src/net/check-desired.ts";
import type { DesiredUplink, Pin, Share } from "../../../src/net/types.ts";
import { network, uplink } from "./uplinks.ts";

describe("interface names that may reach a text", () => {
  it.each(["ppp0", "lan-br", "enp0s31f6", "eth0.100", "wwan_0", "a", "fifteen-letters"])("%j", (name) => {
    expect(isInterfaceName(name)).toBe(true);
  });

  it.each([
    "",
    "sixteen-letters-",
    ".",
    "..",
    "-f",
    "all",
    "default",
    "ppp*",
    'a"; flush',
    "a b",
    "a/b",
    "a\nb",
    "a;b",
    "ä",
    "ppp0\n",
  ])("but not %j", (name) => {
    expect(isInterfaceName(name)).toBe(false);
  });

  it("and nothing that is more than letters, digits, dot, dash and underscore", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (name) => {
        if (isInterfaceName(name)) expect(name).toMatch(/^[\w.-]{1,15}$/);
      }),
    );
  });
});

describe("a desired network that is malformed is refused", () => {
  const withLink = (change: Partial<DesiredUplink>) => ({
    ...network([]),
    uplinks: [{ ...uplink(2), ...change }],
  });

  it.each([
    ["a prefix that is no LAN's own", { ...network([]), lanPrefix: "2001:db8::/64" }],
    ["a prefix of another length", { ...network([]), lanPrefix: "fd00:db8::/48" }],
    ["more than a prefix", { ...network([]), lanPrefix: "fd00:db8::/64 accept" }],
    ["an IPv4 address in the place of IPv6", withLink({ address6: "192.0.2.1" })],
    ["an address with a zone", withLink({ address6: "fe80::1%ppp0" })],
  ])("with %s", (_, value) => {
    expect(() => checkDesired(value)).toThrow("malformed");
  });

  it("while a good one passes", () => {
    expect(() => checkDesired(network([3, 0, 1000]))).not.toThrow();
    expect(() => checkDesired(withLink({ via: "192.0.2.1" }))).not.toThrow();
    expect(() => checkDesired(withLink({ slot: 250 }))).not.toThrow();
  });

  it.each<[string, Partial<DesiredUplink>]>([
    ["slot 0", { slot: 0 }],
    ["slot 251, whose mark would leave the mask", { slot: 251 }],
    ["half a slot", { slot: 1.5 }],
    ["an interface with a quote", { interface: 'p"' }],
    ["the LAN's interface as uplink", { interface: "lan-br" }],
    ["an address with more behind it", { address: "10.0.0.1 lookup main" }],
    ["an IPv6 address", { address: "2001:db8::1" }],
    ["a router with more behind it", { via: "10.0.0.1 dev lo" }],
  ])("%s", (_, change) => {
    expect(() => checkDesired(withLink(change))).toThrow(/malformed/);
  });

  it.each<[string, Partial<Share>]>([
    ["a weight of 0", { weight: 0 }],
    ["a weight above 1000", { weight: 1001 }],
    ["a weight that is no number", { weight: Number.NaN }],
    ["a share of a slot that is no uplink", { slot: 3 }],
  ])("%s", (_, change) => {
    const pick = [{ slot: 2, weight: 1, ...change }];
    expect(() => checkDesired({ ...withLink({}), pick })).toThrow(/malformed/);
  });

  const pinned = (match: Partial<Pin["match"]>, over: Pin["over"] = "pool") => ({
    ...withLink({}),
    pins: [{ match: { to: null, protocol: null, ports: [], ...match }, over }],
  });

  it("while a good pin passes", () => {
    const ports = [
      { from: 1, to: 80 },
      { from: 443, to: 65535 },
    ];
    expect(() => checkDesired(pinned({ to: "192.0.2.0/24", protocol: "udp", ports }))).not.toThrow();
    expect(() => checkDesired(pinned({ to: "192.0.2.1" }, [{ slot: 2, weight: 1 }]))).not.toThrow();
  });

  it.each<[string, Partial<Pin["match"]>]>([
    ["a destination with more behind it", { to: "192.0.2.1 drop" }],
    ["a destination of IPv6", { to: "2001:db8::/32" }],
    ["a prefix of nothing", { to: "192.0.2.0/" }],
    ["a prefix that is too long", { to: "192.0.2.0/33" }],
    ["two prefixes", { to: "192.0.2.0/24/24" }],
    ["a protocol that is none", { protocol: "sctp" as "tcp" }],
    ["ports of ICMP", { protocol: "icmp", ports: [{ from: 1, to: 1 }] }],
    ["port 0", { ports: [{ from: 0, to: 1 }] }],
    ["a port above the highest", { ports: [{ from: 1, to: 65536 }] }],
    ["half a port", { ports: [{ from: 1.5, to: 2 }] }],
    ["a range that goes backwards", { ports: [{ from: 9, to: 8 }] }],
    ["ranges that overlap", { ports: [1, 2].map((from) => ({ from, to: 9 })) }],
  ])("a pin with %s", (_, match) => {
    expect(() => checkDesired(pinned(match))).toThrow(/malformed/);
  });

  it("a pin over no link, or over one that there is not", () => {
    expect(() => checkDesired(pinned({}, []))).toThrow(/over no link/);
    expect(() => checkDesired(pinned({}, [{ slot: 3, weight: 1 }]))).toThrow(/which is no uplink/);
  });

  it("slots doubled or unsorted, an interface twice", () => {
    expect(() => checkDesired({ ...network([]), uplinks: [uplink(2), uplink(1)] })).toThrow(/after slot 2/);
    expect(() => checkDesired({ ...network([]), uplinks: [uplink(1), uplink(1)] })).toThrow(/after slot 1/);
    const twin = { ...uplink(2), interface: uplink(1).interface };
    expect(() => checkDesired({ ...network([]), uplinks: [uplink(1), twin] })).toThrow(/twice/);
  });
});
