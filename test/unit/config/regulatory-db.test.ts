import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseConfig } from "../../../src/config/load-config.ts";
import { channelFault, parseRegulatoryDb } from "../../../src/config/regulatory-db.ts";

/** As in net/wireless/reg.c: a rule's flags, and its ends in kHz. */
const rule = (flags: number, from: number, to: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt8(16, 0);
  bytes.writeUInt8(flags, 1);
  bytes.writeUInt32BE(from * 1000, 4);
  bytes.writeUInt32BE(to * 1000, 8);
  bytes.writeUInt32BE(20_000, 12);
  return bytes;
};

/** Header, two countries, their end, two collections, and the rules that these point at. */
const DB = ((): Buffer => {
  const head = Buffer.from("52474442 00000014".replace(" ", ""), "hex");
  const rules = [
    rule(0, 2400, 2483),
    rule(0, 2400, 2472),
    rule(0, 5150, 5250),
    rule(4, 5250, 5350),
    rule(8, 5735, 5835),
  ];
  const collections = 20; // 8 for the header, 12 for the countries
  const firstRule = collections + 24;
  const pointer = (index: number): number => (firstRule + 16 * index) / 4;
  const country = (name: string, at: number): Buffer => {
    const bytes = Buffer.from(`${name}\0\0`, "latin1");
    bytes.writeUInt16BE(at / 4, 2);
    return bytes;
  };
  const collection = (...indexes: number[]): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt8(3, 0);
    bytes.writeUInt8(indexes.length, 1);
    indexes.forEach((index, at) => void bytes.writeUInt16BE(pointer(index), 4 + 2 * at));
    return bytes;
  };
  return Buffer.concat([
    head,
    country("SE", collections),
    country("US", collections + 12),
    Buffer.alloc(4),
    collection(0, 2, 3, 4),
    collection(1),
    ...rules,
  ]);
})();
const db = parseRegulatoryDb(DB);

describe("the kernel's regulatory database", () => {
  it("tells the rules of its countries, and of no others", () => {
    expect(db?.("US")).toEqual([{ from: 2400, to: 2472, radar: false, passive: false }]);
    expect(db?.("SE")?.map(({ from }) => from)).toEqual([2400, 5150, 5250, 5735]);
    expect(db?.("ZZ")).toBeNull();
  });

  it.each([
    ["SE", 13, null],
    ["US", 11, null],
    ["US", 13, "is not allowed there"],
    ["SE", 36, null],
    ["SE", 52, "has to be kept clear for radar there"],
    ["SE", 149, "may only be used there by stations of others"],
    ["SE", 165, "may only be used there by stations of others"],
    ["US", 36, "is not allowed there"],
  ])("in %s, channel %i: %s", (country, channel, fault) => {
    expect(channelFault(channel, db?.(country) ?? [])).toBe(fault);
  });

  test("whatever is cut or changed in it, it is another one or none, and never an exception", () => {
    fc.assert(
      fc.property(fc.nat(DB.length), fc.nat(DB.length - 1), fc.nat(255), (length, at, value) => {
        const bytes = Buffer.from(DB.subarray(0, length));
        if (at < length) bytes.writeUInt8(value, at);
        const found = parseRegulatoryDb(bytes);
        for (const country of ["SE", "US"]) expect(found?.(country)?.length ?? 0).toBeLessThanOrEqual(64);
      }),
    );
  });

  it("is none of another version", () => {
    const other = Buffer.from(DB);
    other.writeUInt32BE(21, 4);
    expect(parseRegulatoryDb(other)).toBeNull();
  });
});

describe("a country and channels in the config", () => {
  const refusals = (text: string): string[] => {
    const loaded = parseConfig(text, "x.yaml", db);
    return "problems" in loaded ? loaded.problems.map(({ line, reason }) => `${line}: ${reason}`) : [];
  };

  it("are refused with the line where they cannot be together", () => {
    expect(refusals("accessPoint:\n  country: US\n  channels:\n    - 11\n    - 13\n")).toEqual([
      "5: accessPoint.channels.1: channel 13 is not allowed there (US)",
    ]);
    expect(refusals("accessPoint:\n  country: ZZ\n")).toEqual([
      "2: accessPoint.country: the kernel's database knows no country ZZ",
    ]);
  });

  it("are accepted where they can, and where nothing is known", () => {
    expect(refusals("accessPoint: { country: SE, channels: [13, 36] }")).toEqual([]);
    expect(parseConfig("accessPoint: { country: US, channels: [13] }", "x.yaml")).toHaveProperty("config");
  });
});
