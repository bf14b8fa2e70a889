import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEchoTimes } from "../../../src/ppp/echo-times.ts";

/** As pppd writes it: magic, status, index in words, interval; then a ring of (time, lost and microseconds). */
function ring(newest: number, entries: readonly (readonly [number, number, number])[]): Buffer {
  const bytes = Buffer.alloc(16 + entries.length * 8);
  bytes.writeUInt32BE(0x19450425, 0);
  bytes.writeUInt32BE(newest * 2, 8);
  entries.forEach(([atSec, micros, lost], index) => {
    bytes.writeUInt32BE(atSec, 16 + index * 8);
    bytes.writeUInt32BE(((lost << 24) | micros) >>> 0, 20 + index * 8);
  });
  return bytes;
}

describe("pppd's ring of echo answers", () => {
  it("is read from the newest back, over its end", () => {
    const bytes = ring(1, [
      [300, 30_000, 0],
      [400, 40_500, 2],
      [100, 10_000, 0],
      [200, 20_000, 255],
    ]);
    expect(parseEchoTimes(bytes, 3)).toEqual([
      { atSec: 200, ms: 20, lost: 255 },
      { atSec: 300, ms: 30, lost: 0 },
      { atSec: 400, ms: 40.5, lost: 2 },
    ]);
  });

  it("has no answers where none came yet", () => {
    expect(parseEchoTimes(ring(0, [[0, 0, 0]]), 10)).toEqual([]);
    expect(parseEchoTimes(Buffer.alloc(0), 10)).toEqual([]);
  });

  it("never throws, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(1_000), (tail, index) => {
        const bytes = Buffer.concat([ring(index, []), Buffer.from(tail)]);
        expect(parseEchoTimes(bytes, 10).length).toBeLessThanOrEqual(10);
        parseEchoTimes(Buffer.from(tail), 10);
      }),
    );
  });
});
