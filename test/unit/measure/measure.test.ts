import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UplinkStatus } from "../../../src/inspector/types.ts";
import { download } from "../../../src/measure/download.ts";
import { measure } from "../../../src/measure/measure.ts";
import { planOf } from "../../../src/measure/plan.ts";
import type { Plan, Run } from "../../../src/measure/types.ts";
import { EXAMPLE } from "../cli/example-status.ts";

/** Everything in 127.0.0.0/8 is an address of ours on loopback, so that each can be the source of a connection. */
const [FIRST, SECOND] = ["127.0.0.11", "127.0.0.12"] as const;

let server: Server;
let url: URL;
/** By the address that it was sent to. */
let sent: Map<string, number>;
let open: Set<Socket>;
let most: number;
let waiting: ServerResponse[];

function send(answer: ServerResponse, bytes: number): void {
  const to = answer.req.socket.remoteAddress ?? "";
  const part = Buffer.alloc(50_000);
  let left = bytes;
  const go = (): void => {
    while (left > 0 && !answer.destroyed) {
      const next = part.subarray(0, Math.min(left, part.length));
      left -= next.length;
      sent.set(to, (sent.get(to) ?? 0) + next.length);
      if (!answer.write(next)) return void answer.once("drain", go);
    }
    answer.end();
  };
  go();
}

beforeEach(async () => {
  [sent, open, most, waiting] = [new Map(), new Set(), 0, []];
  const sockets = open;
  server = createServer((request, answer) => {
    const path = request.url ?? "";
    if (path === "/there") return void answer.writeHead(302, { location: "/2000000" }).end();
    if (path === "/loop") return void answer.writeHead(302, { location: "/loop" }).end();
    if (path === "/file") return void answer.writeHead(302, { location: "file:///etc/passwd" }).end();
    if (path === "/nowhere") return void answer.writeHead(404).end("not here");
    if (path === "/silent") return;
    if (path === "/meeting") {
      // Nobody is served before all six are there.
      waiting.push(answer);
      if (waiting.length === 6) for (const each of waiting) send(each, 100_000_000);
      return;
    }
    send(answer, Number(path.slice(1)));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/2000000`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const bounds = { bytes: 5_000_000, seconds: 20 };
const never = new AbortController().signal;
const fetched = (path: string, more: Partial<Parameters<typeof download>[0]> = {}) =>
  download({ url: new URL(path, url), sources: [FIRST], connections: 1, bounds, signal: never, ...more });

describe("a download", () => {
  it("reads the file again and again over one connection, until it has enough, and not much more", async () => {
    const { bytes, seconds, failure } = await fetched("/2000000");
    expect([failure, most, [...sent.keys()]]).toEqual([null, 1, [FIRST]]);
    expect(bytes).toBeGreaterThanOrEqual(5_000_000);
    expect(bytes).toBeLessThan(5_200_000);
    expect(seconds).toBeGreaterThan(0);
  });

  it("shares its bytes among many connections from all addresses, and leaves none of them open", async () => {
    const { bytes } = await fetched("/meeting", {
      sources: [FIRST, SECOND],
      connections: 6,
      bounds: { bytes: 20e6, seconds: 20 },
    });
    expect([most, [...sent.keys()].sort()]).toEqual([6, [FIRST, SECOND]]);
    expect(bytes).toBeLessThan(22_000_000);
    for (let waited = 0; open.size > 0 && waited < 5_000; waited += 10) await new Promise((r) => setTimeout(r, 10));
    expect(open.size).toBe(0);
  });

  it("follows a redirect", async () => {
    expect(await fetched("/there")).toMatchObject({ failure: null });
  });

  it.each([
    ["/loop", "the server redirects again and again"],
    ["/file", "the server redirects from http: to file:"],
    ["/nowhere", "the server answered with HTTP status 404"],
    ["/2000", "the file is too small to be measured by: 2000 bytes"],
  ])("fails with the reason: %s", async (path, failure) => {
    expect(await fetched(path)).toMatchObject({ failure });
  });

  it("fails where nothing listens, TLS is no TLS, or the address is not ours", async () => {
    const https = new URL(url.href.replace("http:", "https:"));
    expect((await fetched("", { url: new URL("http://127.0.0.1:1/") })).failure).toContain("ECONNREFUSED");
    expect((await fetched("", { url: https })).failure).not.toBeNull();
    expect((await fetched("/2000000", { sources: ["192.0.2.1"] })).failure).toContain("EADDRNOTAVAIL");
  });

  it("ends when its time is over, whatever came", async () => {
    expect(await fetched("/silent", { bounds: { bytes: 1e6, seconds: 0.2 } })).toMatchObject({
      bytes: 0,
      failure: "nothing came",
    });
    const endless = await fetched("/100000000000", { bounds: { bytes: 1e12, seconds: 0.2 } });
    expect([endless.failure, endless.bytes > 0]).toEqual([null, true]);
  });

  it("can be broken off", async () => {
    const ending = new AbortController();
    const broken = fetched("/silent", { signal: ending.signal });
    ending.abort();
    await expect(broken).rejects.toThrow();
  });
});

describe("a measurement", () => {
  const link = (name: string, address: string, rxBytes: number): UplinkStatus => ({
    ...(EXAMPLE.uplinks[0] as UplinkStatus),
    ...{ port: null, interface: name, address, rxBytes },
  });
  /** Two links whose counters say what the server has sent to their addresses. */
  const honest = async (): Promise<UplinkStatus[]> => [
    link("eth1", FIRST, sent.get(FIRST) ?? 0),
    link("eth2", SECOND, sent.get(SECOND) ?? 0),
  ];
  const plan = (...links: string[]): Plan => ({
    ...planOf({ links, repetitions: 1, connections: 4, bounds }),
    pauseSeconds: 0,
  });
  const runs = async (links: string[], uplinks = honest, signal = never): Promise<Run[]> => {
    const done: Run[] = [];
    const onRun = (run: Run): void => void done.push(run);
    await measure({ url, plan: plan(...links), uplinks, signal, onBytes: () => {}, onRun });
    return done;
  };

  it("makes each run over its own link, and the last over all", async () => {
    const done = await runs(["eth1", "eth2"]);
    expect(done.map(({ path, connections: at, failure }) => [path, at, failure])).toEqual([
      ["eth1", 1, null],
      ["eth1", 4, null],
      ["eth2", 1, null],
      ["eth2", 4, null],
      ["together", 4, null],
    ]);
    for (const { cpu, load } of done) {
      expect(cpu).toBeGreaterThanOrEqual(0);
      expect(cpu).toBeLessThanOrEqual(1);
      expect(load).toBeGreaterThanOrEqual(0);
    }
  });

  it("does not count what came over another link", async () => {
    const astray = async (): Promise<UplinkStatus[]> => [link("eth1", FIRST, 1_000_000)];
    const [first] = await runs(["eth1"], astray);
    expect(first?.failure).toMatch(/^only 0 % of it came over the link/);
  });

  it("takes the address that a link has now, and goes on without a link that has gone", async () => {
    let asked = 0;
    const changing = async (): Promise<UplinkStatus[]> => {
      asked += 1;
      // Asked before and after each run: from the second run on it is dialled anew, and in the last it is gone.
      const address = asked <= 2 ? FIRST : SECOND;
      return asked > 4 ? [] : [link("eth1", address, sent.get(address) ?? 0)];
    };
    expect((await runs(["eth1"], changing)).map(({ failure }) => failure)).toEqual([null, null]);
    expect([...sent.keys()]).toEqual([FIRST, SECOND]);
    asked = 4;
    expect((await runs(["eth1"], changing)).map(({ failure }) => failure)).toEqual([
      "eth1 is not there",
      "eth1 is not there",
    ]);
  });
});
