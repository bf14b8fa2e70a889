import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCommandBlock, decodeStatusBlock, encodeCommandBlock } from "../../../src/usb/bulk-only.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

describe("the command block wrapper", () => {
  test("an INQUIRY is laid out as Bulk-Only Transport 1.0, table 5.1 says", () => {
    const block = { tag: 0x11223344, dataLength: 36, direction: "in", lun: 1, command: bytes("120000002400") } as const;
    expect(hex(encodeCommandBlock(block))).toBe("55534243443322112400000080010612000000240000000000000000000000");
  });

  test("what is encoded is decoded again", () => {
    const block = fc.record({
      tag: fc.nat(0xffffffff),
      dataLength: fc.nat(0xffffffff),
      direction: fc.constantFrom("in" as const, "out" as const),
      lun: fc.nat(15),
      command: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    });
    fc.assert(
      fc.property(block, (given) => {
        const decoded = decodeCommandBlock(encodeCommandBlock(given));
        expect({ ...decoded, command: hex(decoded?.command ?? new Uint8Array()) }).toEqual({
          ...given,
          command: hex(given.command),
        });
      }),
    );
  });

  test("a command of no or of 17 bytes does not fit", () => {
    for (const length of [0, 17]) {
      const block = { tag: 1, dataLength: 0, direction: "out", lun: 0, command: new Uint8Array(length) } as const;
      expect(() => encodeCommandBlock(block)).toThrow(RangeError);
    }
  });

  test("Huawei's message is one although its command length is 0, a printer command is none", () => {
    expect(decodeCommandBlock(bytes("55534243123456780000000000000011062000000101000100000000000000"))?.tag).toBe(
      0x78563412,
    );
    expect(decodeCommandBlock(bytes("1b5a01"))).toBeNull();
  });

  test("no bytes whatever make the decoders throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (any) => {
        decodeCommandBlock(any);
        decodeStatusBlock(any);
      }),
    );
  });
});

describe("the status block wrapper", () => {
  test.each([
    ["55534253876543210000000000", { tag: 0x21436587, residue: 0, status: "passed" }],
    ["55534253123456702000000001", { tag: 0x70563412, residue: 32, status: "failed" }],
    ["55534253010000000000000002", { tag: 1, residue: 0, status: "phaseError" }],
    ["55534253010000000000000077", { tag: 1, residue: 0, status: "reserved" }],
    [`${"ab".repeat(512)}55534253010000000000000000`, { tag: 1, residue: 0, status: "passed" }],
    ["5553425301000000000000", null],
    ["55534243010000000000000000", null],
  ])("%s", (text, expected) => {
    expect(decodeStatusBlock(bytes(text))).toEqual(expected);
  });
});
