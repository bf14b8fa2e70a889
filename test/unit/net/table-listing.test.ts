import fc from "fast-check";
import { expect, test } from "vitest";
import { listingDrift, parseListing } from "../../../src/net/table-listing.ts";

interface Rule {
  readonly chain: string;
  readonly handle: number;
  readonly links: readonly string[];
}

/** As nft 1.1.3 lists a table, with these rules. */
function listing(chains: readonly string[], rules: readonly Rule[]): string {
  const nftables = [
    { metainfo: { version: "1.1.3", json_schema_version: 1 } },
    { table: { family: "inet", name: "wanherd", handle: rules.length } },
    ...chains.map((name, handle) => ({ chain: { family: "inet", table: "wanherd", name, handle } })),
    ...rules.map(({ chain, handle, links }) => ({
      rule: {
        ...{ family: "inet", table: "wanherd", chain, handle },
        expr: [
          { match: { op: "==", left: { meta: { key: "oifname" } }, right: { set: links } } },
          { masquerade: null },
        ],
      },
    })),
  ];
  return `${JSON.stringify({ nftables })}\n`;
}

const WANTED = listing(
  ["forward", "postrouting"],
  [
    { chain: "forward", handle: 4, links: ["a"] },
    { chain: "postrouting", handle: 7, links: ["a", "b"] },
  ],
);

function driftOf(found: string): string[] {
  const wanted = parseListing(WANTED);
  if (wanted === null) throw new Error("no listing");
  return listingDrift(wanted, parseListing(found));
}

test("a table made anew, with other handles and its sets in another order, is the same", () => {
  const again = listing(
    ["forward", "postrouting"],
    [
      { chain: "forward", handle: 104, links: ["a"] },
      { chain: "postrouting", handle: 107, links: ["b", "a"] },
    ],
  );
  expect(driftOf(again)).toEqual([]);
  expect(driftOf(`nft> ${WANTED}nft> `)).toEqual([]);
});

test("what is missing, changed or not ours is told by its chain", () => {
  const changed = listing(["forward", "theirs"], [{ chain: "forward", handle: 4, links: ["a", "c"] }]);
  expect(driftOf(changed)).toEqual([
    "chain postrouting is missing",
    "chain theirs is not ours",
    "chain forward was changed",
  ]);
  expect(driftOf(listing(["forward", "postrouting"], [{ chain: "forward", handle: 4, links: ["a"] }]))).toEqual([
    "chain postrouting was changed",
  ]);
});

test("no table, and an answer without one, is a missing table", () => {
  expect(driftOf("")).toEqual(["the table is missing"]);
  expect(driftOf('{"nftables": [{"metainfo": {"version": "1.1.3"}}]}')).toEqual(["the table is missing"]);
});

test("whatever is told in JSON's form is read or refused, and never hangs or crashes otherwise", () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (nftables) => {
      expect(() => parseListing(JSON.stringify({ nftables }))).not.toThrow();
    }),
  );
  expect(() => parseListing('{"nftables": [')).toThrow(SyntaxError);
});
