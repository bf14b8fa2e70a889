import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandReader } from "../../bus/usbip/command-reader.ts";
import {
  type Command,
  commandLength,
  encodeCommand,
  encodeReturn,
  encodeUnlinkReturn,
  HEADER_BYTES,
} from "../../bus/usbip/pdu.ts";

const bytes = (constraints: fc.IntArrayConstraints): fc.Arbitrary<Buffer> =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const setup = bytes({ minLength: 8, maxLength: 8 });
const endpoint = fc.integer({ min: 0, max: 15 });

const outSubmit = fc
  .record({ seqnum: uint32, endpoint, setup, data: bytes({ maxLength: 200 }) })
  .map((one): Command => ({ kind: "submit", direction: "out", length: one.data.length, ...one }));
const inSubmit = fc
  .record({ seqnum: uint32, endpoint, setup, length: fc.integer({ min: 0, max: 65536 }) })
  .map((one): Command => ({ kind: "submit", direction: "in", data: Buffer.alloc(0), ...one }));
const unlink = fc.record({ seqnum: uint32, target: uint32 }).map((one): Command => ({ kind: "unlink", ...one }));

describe("the kernel's commands", () => {
  it("come out as they went in, wherever the stream is cut", () => {
    const commands = fc.array(fc.oneof(outSubmit, inSubmit, unlink), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(commands, fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeCommand));
        const reader = new CommandReader();
        const received: Command[] = [];
        for (let start = 0, i = 0; start < stream.length; i++) {
          const length = cuts[i % cuts.length] as number;
          received.push(...reader.push(stream.subarray(start, start + length)));
          start += length;
        }
        expect(received).toEqual(sent);
      }),
      { numRuns: 200 },
    );
  });

  it("are refused when they are none, or want more memory than any driver does", () => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(9, 0);
    expect(() => commandLength(header)).toThrow("unknown command 9");
    header.writeUInt32BE(1, 0);
    header.writeInt32BE(-1, 24);
    expect(() => commandLength(header)).toThrow("a transfer of -1 bytes");
    header.writeInt32BE(0x7fffffff, 24);
    expect(() => new CommandReader().push(header)).toThrow("a transfer of 2147483647 bytes");
  });
});

describe("answers", () => {
  it("carry status, count and data where usbip_protocol.rst puts them", () => {
    const message = encodeReturn(0x01020304, -32, 3, Buffer.from("abc"));
    expect(message.toString("hex")).toBe(
      `00000003010203040000000000000000${"00000000"}ffffffe000000003${"00".repeat(20)}616263`,
    );
  });

  it("tell a transfer taken back in time (-ECONNRESET) from one that was answered before", () => {
    expect(encodeUnlinkReturn(7, true).readInt32BE(20)).toBe(-104);
    expect(encodeUnlinkReturn(7, false).readInt32BE(20)).toBe(0);
    expect(encodeUnlinkReturn(7, true).readUInt32BE(0)).toBe(4);
  });
});
