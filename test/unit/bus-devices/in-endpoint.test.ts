import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";

function endpoint(): { endpoint: InEndpoint; answers: [number, string][] } {
  const answers: [number, string][] = [];
  return { endpoint: new InEndpoint((seqnum, data) => answers.push([seqnum, data.toString()])), answers };
}

describe("an IN endpoint", () => {
  it("holds a transfer until there is something to say", () => {
    const { endpoint: bulk, answers } = endpoint();
    bulk.request(1, 512);
    expect(answers).toEqual([]);
    bulk.send(Buffer.from("hello"));
    expect(answers).toEqual([[1, "hello"]]);
  });

  it("never answers a transfer that was taken back", () => {
    const { endpoint: bulk, answers } = endpoint();
    bulk.request(1, 512);
    bulk.request(2, 512);
    expect(bulk.cancel(1)).toBe(true);
    expect(bulk.cancel(1)).toBe(false);
    bulk.send(Buffer.from("x"));
    expect(answers).toEqual([[2, "x"]]);
  });

  it("answers an empty message, as storage does to end a data phase early", () => {
    const { endpoint: bulk, answers } = endpoint();
    bulk.send(Buffer.alloc(0));
    bulk.send(Buffer.from("status"));
    bulk.request(1, 512);
    bulk.request(2, 512);
    expect(answers).toEqual([
      [1, ""],
      [2, "status"],
    ]);
  });

  it("reports when the last byte is gone", () => {
    const { endpoint: bulk } = endpoint();
    const drained = vi.fn();
    bulk.onDrain = drained;
    bulk.send(Buffer.from("abcd"));
    bulk.request(1, 2);
    expect([drained.mock.calls.length, bulk.queuedBytes]).toEqual([0, 2]);
    bulk.request(2, 2);
    expect([drained.mock.calls.length, bulk.queuedBytes]).toEqual([1, 0]);
  });

  it("delivers every byte once and in order, and never two messages in one transfer", () => {
    const step = fc.oneof(
      fc.string({ minLength: 1, maxLength: 20 }).map((text) => ({ send: text })),
      fc.integer({ min: 1, max: 8 }).map((length) => ({ request: length })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const received: { length: number; data: Buffer }[] = [];
        const lengths: number[] = [];
        const bulk = new InEndpoint((seqnum, data) => received.push({ length: lengths[seqnum] as number, data }));
        const sent: Buffer[] = [];
        for (const one of steps) {
          if ("send" in one) {
            sent.push(Buffer.from(one.send));
            bulk.send(Buffer.from(one.send));
          } else bulk.request(lengths.push(one.request) - 1, one.request);
        }
        const all = Buffer.concat(sent).toString("latin1");
        const got = Buffer.concat(received.map(({ data }) => data)).toString("latin1");
        expect(all.startsWith(got)).toBe(true);
        expect(bulk.queuedBytes).toBe(all.length - got.length);
        const ends = new Set(sent.map((_, i) => sent.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0)));
        let position = 0;
        for (const { length, data } of received) {
          position += data.length;
          expect(data.length === length || ends.has(position)).toBe(true);
        }
      }),
    );
  });
});
