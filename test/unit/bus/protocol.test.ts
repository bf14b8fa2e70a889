import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode, type Message, MessageReader } from "../../bus/protocol.ts";

describe("the control port's lines", () => {
  test("messages come out as they went in, however the bytes are cut", () => {
    const message = fc.record({ event: fc.string({ unit: "binary" }), data: fc.jsonValue({ maxDepth: 2 }) });
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), sizes, (sent, sizes) => {
        const bytes = Buffer.from(sent.map(encode).join(""));
        const reader = new MessageReader();
        const received: Message[] = [];
        // One buffer for all pieces, as the guest reads: what is kept of a piece must be a copy.
        const shared = Buffer.alloc(20);
        for (let start = 0, round = 0; start < bytes.length; round++) {
          const end = start + (sizes[round % sizes.length] ?? 1);
          const length = bytes.copy(shared, 0, start, end);
          received.push(...reader.push(shared.subarray(0, length)));
          start += length;
        }
        expect(JSON.stringify(received)).toBe(JSON.stringify(sent));
      }),
    );
  });

  test("a line longer than the bound is refused, whole or in pieces", () => {
    expect(() => new MessageReader(10).push(Buffer.from(`{"id":${"1".repeat(10)}}\n`))).toThrow("exceeds 10 bytes");
    const reader = new MessageReader(10);
    reader.push(Buffer.from("123456"));
    expect(() => reader.push(Buffer.from("789ab"))).toThrow("exceeds 10 bytes");
  });

  test.each(["nonsense", "", "17", "null", "[]", '{"method":"x"}'])("%j is no message", (line) => {
    expect(() => new MessageReader().push(Buffer.from(`${line}\n`))).toThrow();
  });
});
