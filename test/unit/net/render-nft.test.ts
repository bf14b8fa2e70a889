import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderNft } from "../../../src/net/render-nft.ts";
import { network, networkOf, uplink } from "./uplinks.ts";

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

describe("the nftables table", () => {
  // Each file was loaded by nft 1.0.6 (Debian 12) and 1.1.3 (Debian 13) in a namespace of its own.
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
      { ...network([3, 1]), lan: "lan1" },
      { ...network([3, 1]), uplinks: [uplink(1), { ...uplink(2), interface: "wwan0" }] },
      networkOf([
        [1, 3],
        [7, 1],
      ]),
    ].map(renderNft);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("never writes a mark outside our bits, in packets and in conntrack", () => {
    fc.assert(
      fc.property(desired, (value) => {
        const writes = renderNft(value).match(/mark set .*/g) ?? [];
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
      fc.property(desired, (value) => {
        const text = renderNft(value);
        const chains = new Set(Array.from(text.matchAll(/chain (\w+) \{/g), (match) => match[1]));
        for (const [, target] of text.matchAll(/goto (\w+)/g)) expect(chains).toContain(target);
      }),
    );
  });
});
