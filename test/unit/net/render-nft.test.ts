import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderNft } from "../../../src/net/render-nft.ts";
import type { DesiredBundle, Pin } from "../../../src/net/types.ts";
import { network, networkOf, uplink, withIpv6 } from "./uplinks.ts";

function golden(name: string): string {
  return readFileSync(new URL(`golden/${name}.nft`, import.meta.url), "utf8");
}

const desired = fc
  .record({
    by: fc.constantFrom("connection" as const, "host" as const),
    links: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 5,
      selector: ([slot]) => slot,
    }),
  })
  .map(({ by, links }) => ({ ...networkOf(links), by }));

const ANY: Pin["match"] = { to: null, protocol: null, ports: [] };
const PINS: readonly Pin[] = [
  { match: { to: "192.0.2.0/24", protocol: "tcp", ports: [{ from: 443, to: 443 }] }, over: [{ slot: 2, weight: 7 }] },
  {
    match: {
      to: null,
      protocol: null,
      ports: [
        { from: 53, to: 53 },
        { from: 5060, to: 5061 },
      ],
    },
    over: "pool",
  },
  { match: { to: "198.51.100.7", protocol: null, ports: [] }, over: "nowhere" },
  { match: { to: null, protocol: "icmp", ports: [] }, over: [1, 3].map((slot) => ({ slot, weight: slot })) },
  { match: ANY, over: [{ slot: 3, weight: 1 }] },
];

/** A proxy, for TCP of the LAN. */
const bundle = (carries: boolean): DesiredBundle => ({
  ...{ concentrator: "198.51.100.9", members: [2] },
  proxy: { address: "172.17.2.1", port: 7118, carries, probe: { address: "127.119.0.1", port: 7118 } },
});

describe("the nftables table", () => {
  // Each file was loaded by nft 1.0.6 (Debian 12) in a namespace of its own, those without pins by 1.1.3 (Debian 13) too.
  it.each([
    { name: "no-uplink", weights: [], by: "connection" as const },
    { name: "one-uplink", weights: [5], by: "connection" as const },
    { name: "three-uplinks", weights: [3, 1, 1], by: "connection" as const },
    { name: "three-uplinks-by-host", weights: [3, 1, 1], by: "host" as const },
    { name: "one-of-weight-0", weights: [0, 1], by: "connection" as const },
    { name: "all-of-weight-0", weights: [0, 0], by: "host" as const },
  ])("is golden/$name.nft for weights $weights by $by", ({ name, weights, by }) => {
    expect(renderNft(network(weights, by))).toBe(golden(name));
  });

  it.each([
    { name: "pins", value: { ...network([3, 1, 0]), pins: PINS } },
    { name: "pins-by-host", value: { ...network([1, 1, 1], "host"), pins: PINS } },
    { name: "pins-without-uplink", value: { ...network([]), pins: PINS.slice(1, 3) } },
    { name: "bundle", value: { ...network([1, 0]), bundle: bundle(true) } },
    { name: "bundle-and-pins", value: { ...network([3, 1, 0]), pins: PINS, bundle: bundle(true) } },
    { name: "bundle-silent", value: { ...network([1, 1]), bundle: bundle(false) } },
  ])("is golden/$name.nft where rules pin, or a bundle is", ({ name, value }) => {
    expect(renderNft(value)).toBe(golden(name));
  });

  // Each was loaded by nft 1.1.3 (Debian 13).
  it.each([
    { name: "ipv6", value: withIpv6([3, 1, 1], [1, 3]) },
    { name: "ipv6-by-host", value: withIpv6([1, 1], [1, 2], "host") },
    { name: "ipv6-pins", value: { ...withIpv6([3, 1, 0], [1, 2]), pins: PINS } },
    { name: "ipv6-gone", value: withIpv6([1], []) },
  ])("is golden/$name.nft where links have, or had, IPv6", ({ name, value }) => {
    expect(renderNft(value, new Map([["ppp0", 1400]]))).toBe(golden(name));
  });

  it("has no rule for new connections without an uplink, unless something is to be refused", () => {
    const prerouting = (pins: readonly Pin[]) => / prerouting \{([^}]*)/.exec(renderNft({ ...network([]), pins }))?.[1];
    expect(prerouting([{ match: ANY, over: "pool" }])).not.toContain("new");
    expect(prerouting([{ match: ANY, over: "nowhere" }])).toContain("goto new");
  });

  it("lowers what servers offer to what each link carries, where that is known", () => {
    const rules = renderNft(
      network([1, 1, 1, 1]),
      new Map([
        ["ppp0", 1500],
        ["ppp1", 1400],
        ["ppp2", 1500],
      ]),
    ).match(/^.*iifname.* set \d+$/gm);
    expect(rules?.map((rule) => rule.trim())).toEqual([
      'meta nfproto ipv4 iifname { "ppp0", "ppp2" } tcp option maxseg size set 1460',
      'meta nfproto ipv4 iifname { "ppp1" } tcp option maxseg size set 1360',
    ]);
  });

  it("is the same text for equal values", () => {
    fc.assert(
      fc.property(desired, (value) => {
        expect(renderNft(structuredClone(value))).toBe(renderNft(value));
      }),
    );
  });

  it("tells apart values that differ in what a packet meets", () => {
    const texts = [
      network([3, 1]),
      network([1, 3]),
      network([1, 1]),
      network([1, 0]),
      network([1]),
      network([3, 1], "host"),
      ...PINS.slice(0, 3).map((pin) => ({ ...network([3, 1]), pins: [pin] })),
      { ...network([3, 1]), lan: "lan1" },
      { ...network([3, 1]), uplinks: [uplink(1), { ...uplink(2), interface: "wwan0" }] },
      networkOf([
        [1, 3],
        [7, 1],
      ]),
    ].map((value) => renderNft(value));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("never writes a mark outside our bits, in packets and in conntrack", () => {
    fc.assert(
      fc.property(desired, (value) => {
        const text = renderNft(value);
        // A packet that carries nobody's bits gets its connection's, of ours only.
        const restores = text.match(/meta mark 0 .*mark set ct mark & 0x0000ff00 return$/gm) ?? [];
        expect(restores).toHaveLength(Math.min(1, value.uplinks.length));
        const writes = text.match(/mark set \w+ mark & 0xf.*/g) ?? [];
        expect(text.match(/mark set/g) ?? []).toHaveLength(writes.length + restores.length);
        expect(writes).toHaveLength(2 * value.uplinks.length);
        for (const write of writes) {
          const [, kept = "", put = ""] = /mark & (0x[0-9a-f]{8}) \| (0x[0-9a-f]{8})$/.exec(write) ?? [];
          expect(kept).toBe("0xffff00ff");
          expect(Number(put) & 0xffff00ff).toBe(0);
          expect(Number(put)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("jumps only to chains that it has", () => {
    fc.assert(
      fc.property(desired, fc.boolean(), (plain, hasIpv6) => {
        const uplinks = plain.uplinks.map((link) => (link.slot % 2 ? { ...link, address6: "2001:db8::1" } : link));
        const value = hasIpv6 ? { ...plain, lanPrefix: "fd00:db8::/64", uplinks } : plain;
        const shares = value.uplinks.map(({ slot }): Pin => ({ match: ANY, over: [{ slot, weight: 1 }] }));
        const pins: Pin[] = [{ match: ANY, over: "nowhere" }, ...shares, { match: ANY, over: "pool" }];
        const text = renderNft({ ...value, pins });
        const chains = new Set(Array.from(text.matchAll(/chain (\w+) \{/g), (match) => match[1]));
        for (const [, target] of text.matchAll(/(?:goto|jump) (\w+)/g)) expect(chains).toContain(target);
      }),
    );
  });
});
