import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { answeredId, dnsQuery, PROBE_BYTES } from "../../../src/link/dns-query.ts";
import { openProbe, serverFor } from "../../../src/link/probe.ts";

describe("the query", () => {
  it("asks for one address, by RFC 1035", () => {
    expect(Buffer.from(dnsQuery(0xbeef)).toString("hex")).toBe(
      `beef01000001000000000000${"01"}61${"0c"}${Buffer.from("root-servers").toString("hex")}${"03"}6e65740000010001`,
    );
    expect(PROBE_BYTES).toBe(28 + dnsQuery(0).length);
  });

  it("is answered by a response with its id, whatever its result", () => {
    for (const flags of [0x8180, 0x8183, 0x8005]) {
      const response = Buffer.from(dnsQuery(7));
      response.writeUInt16BE(flags, 2);
      expect(answeredId(response)).toBe(7);
    }
  });

  it("is answered neither by a query nor by noise", () => {
    expect(answeredId(dnsQuery(7))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const id = answeredId(bytes);
        if (bytes.length < 12) expect(id).toBeNull();
        else if (id !== null) expect(id).toBeLessThan(0x10000);
      }),
    );
  });
});

describe("whom to ask", () => {
  const turns = (answering: readonly string[]): (string | undefined)[] =>
    [0, 1, 2, 3, 4, 5].map((turn) => serverFor(turn, ["a", "b", "c"], new Set(answering)));

  it("is each server in turn while none has answered, or all have", () => {
    expect(turns([])).toEqual(["a", "b", "c", "a", "b", "c"]);
    expect(turns(["a", "b", "c"])).toEqual(["a", "b", "c", "a", "b", "c"]);
  });

  it("is every other time one that has answered: only its silence says something", () => {
    expect(turns(["b"])).toEqual(["b", "a", "b", "c", "b", "a"]);
    expect(turns(["a", "c"])).toEqual(["a", "b", "c", "b", "a", "b"]);
  });

  it("is nobody where there are none", () => {
    expect(serverFor(0, [], new Set())).toBeUndefined();
  });
});

describe("a probe", () => {
  let socket: Socket | null = null;

  afterEach(() => {
    socket?.close();
    socket = null;
  });

  it("is open only where there is such an address, and never asks this host itself", async () => {
    socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const probe = openProbe("127.0.0.1", () => ["127.0.0.1", "0.0.0.0", "224.0.0.1", "::1", "name"]);
    const nowhere = openProbe("192.0.2.1", () => ["192.0.2.2"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    probe.send(1_000);
    nowhere.send(1_000);
    expect([probe.take(), nowhere.take()].map(({ inTimeMs }) => inTimeMs)).toEqual([[], []]);
    probe.close();
    nowhere.close();
  });
});
