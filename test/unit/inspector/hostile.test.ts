import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { startControlServer } from "../../../src/inspector/control-server.ts";
import type { AgentView } from "../../../src/inspector/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { Journal } from "../../../src/journal/types.ts";

const PORT = "1-1.3" as PortPath;
let directory: string;
let socket: string;
let journal: Journal;
let server: { close(): Promise<void> };
let acted: number;

const act = (): boolean => {
  acted += 1;
  return true;
};
const view = { act, setRank: act, setBalance: act, status: async () => ({ schema: 1 }) } as unknown as AgentView;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "control-"));
  socket = join(directory, "agent.sock");
  journal = await openJournal({
    directory: join(directory, "journal"),
    maxMegabytes: 1,
    memory: { entries: 100, bytes: 100_000 },
  });
  server = await startControlServer({ view, journal, socket, version: "9.9.9" });
  acted = 0;
});
afterEach(async () => {
  await server.close();
  await journal.close();
  await rm(directory, { recursive: true, force: true });
});

/** What the server says to these bytes until it hangs up, or until `enough` of it is there. */
function say(bytes: string | Buffer, enough = (_heard: string): boolean => false): Promise<string> {
  return new Promise((resolve) => {
    const peer: Socket = connect(socket);
    let heard = "";
    const end = (): void => {
      peer.destroy();
      resolve(heard);
    };
    peer.on("error", end);
    peer.on("close", end);
    peer.on("data", (part) => {
      heard += part.toString();
      if (enough(heard)) end();
    });
    peer.write(bytes);
  });
}

const request = (method: string, path: string, headers: readonly string[], body = ""): string =>
  [
    `${method} ${path} HTTP/1.1`,
    ...headers,
    "connection: close",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
const LOCAL = "host: localhost";
const RETRY = `/v1/ports/${PORT}/retry`;

describe("the control server refuses", () => {
  it.each([
    ["a page of another site", ["origin: https://evil.example"]],
    ["a page of nowhere", ["origin: null"]],
    ["a page whose host only begins like ours", ["origin: http://localhost.evil.example"]],
    ["what a browser sends for another site", ["sec-fetch-site: cross-site"]],
    ["what a browser sends for a sister of this site", ["sec-fetch-site: same-site"]],
  ])("%s", async (_, headers) => {
    expect(await say(request("POST", RETRY, [LOCAL, ...headers]))).toMatch(/^HTTP\/1.1 403 /);
    expect(await say(request("GET", "/v1/status", [LOCAL, ...headers]))).toMatch(/^HTTP\/1.1 403 /);
    expect(acted).toBe(0);
  });

  it.each([
    ["another host's name", request("POST", RETRY, ["host: evil.example"]), 403],
    ["an address that is not this computer's own", request("POST", RETRY, ["host: 192.0.2.1"]), 403],
    ["no host at all", request("POST", RETRY, []), 400],
    ["two hosts", request("POST", RETRY, [LOCAL, "host: evil.example"]), 400],
    [
      "the body of a form",
      request("POST", "/v1/balancer", [LOCAL, "content-type: application/x-www-form-urlencoded"], "by=host"),
      415,
    ],
    [
      "JSON that is called a text, as any page may send it",
      request("POST", "/v1/balancer", [LOCAL, "content-type: text/plain"], '{"by":"host"}'),
      415,
    ],
    [
      "a key that changes what objects are",
      request("POST", "/v1/balancer", [LOCAL, "content-type: application/json"], '{"__proto__":{"by":"host"}}'),
      400,
    ],
    [
      "a body that is too long",
      request("POST", "/v1/balancer", [LOCAL, "content-type: application/json"], `{"by":"${"h".repeat(2000)}"}`),
      413,
    ],
    ["a head that is too long", request("GET", "/v1/status", [LOCAL, `cookie: ${"c".repeat(20_000)}`]), 431],
    ["both a length and chunks", request("POST", RETRY, [LOCAL, "transfer-encoding: chunked"]), 400],
    ["what is no HTTP", "\u0016\u0003\u0001\u0000\r\n\r\n", 400],
    ["a method that there is not", request("PUT", RETRY, [LOCAL]), 404],
    ["a method that nobody knows", request("BREW", RETRY, [LOCAL]), 400],
    ["to be a way to elsewhere", request("CONNECT", "evil.example:80", [LOCAL]), 0],
    ["a path out of its own", request("GET", "/v1/../../etc/passwd", [LOCAL]), 404],
  ])("%s", async (_, bytes, code) => {
    const heard = await say(bytes);
    // A way to elsewhere is not even answered.
    expect(heard === "" ? 0 : Number(heard.slice(9, 12))).toBe(code);
    expect(acted).toBe(0);
  });

  it("nothing of the kind that the inspector's page, the CLI and curl send", async () => {
    for (const headers of [
      ["host: localhost"],
      ["host: localhost:8080", "origin: http://localhost:8080", "sec-fetch-site: same-origin"],
    ]) {
      expect(await say(request("POST", RETRY, headers))).toMatch(/^HTTP\/1.1 202 /);
    }
    expect(acted).toBe(2);
  });

  it("and goes on answering others while a hundred connections say nothing, or half of something", async () => {
    const idle = Array.from({ length: 100 }, (_, index) => {
      const peer = connect(socket);
      peer.on("error", () => {});
      if (index % 2 === 0) peer.write("POST /v1/balancer HTTP/1.1\r\nhost: localhost\r\ncontent-le");
      return peer;
    });
    expect(await say(request("GET", "/v1/status", [LOCAL]))).toMatch(/^HTTP\/1.1 200 /);
    for (const peer of idle) peer.destroy();
  });
});

describe("the stream of events", () => {
  const tell = (text: string): void => journal.write({ port: PORT, topic: "event", text });
  const ids = (heard: string): number[] => [...heard.matchAll(/^id: ([0-9]+)$/gm)].map(([, id]) => Number(id));
  const follow = (query: string, headers: readonly string[], last: number): Promise<string> =>
    say(
      [
        "GET /v1/events",
        query,
        " HTTP/1.1\r\n",
        [LOCAL, "accept: text/event-stream", ...headers].join("\r\n"),
        "\r\n\r\n",
      ].join(""),
      (heard) => ids(heard).includes(last),
    );

  it("goes on after the last seq that a reader had, also with what memory has forgotten", async () => {
    for (let n = 1; n <= 300; n += 1) tell(String(n));
    // Until it is on disk, which a close would do sooner, there is nothing to go on with.
    await server.close();
    await journal.close();
    journal = await openJournal({
      directory: join(directory, "journal"),
      maxMegabytes: 1,
      memory: { entries: 100, bytes: 100_000 },
    });
    server = await startControlServer({ view, journal, socket, version: "9.9.9" });
    expect(journal.span().oldest).toBeGreaterThan(200);
    const all = Array.from({ length: 301 }, (_, index) => index + 1);
    expect(ids(await follow("?since=150", [], 301))).toEqual(all.slice(150));
    // What it saw last counts before what it once began with, which stands in the address for ever.
    expect(ids(await follow("?since=0", ["last-event-id: 290"], 301))).toEqual(all.slice(290));
    const live = follow("?since=301", [], 302);
    tell("live");
    expect(ids(await live)).toEqual([302]);
  });

  it("is filtered for each reader, past and to come", async () => {
    tell("a");
    journal.write({ port: null, topic: "network", text: "Pool: empty" });
    const reader = follow("?since=0&topic=network,process&text=pool", [], 4);
    await new Promise((resolve) => setTimeout(resolve, 20));
    tell("pool");
    journal.write({ port: null, topic: "process", text: "pppd: the pool" });
    expect(ids(await reader)).toEqual([2, 4]);
  });

  it.each([
    "from=yesterday",
    "to=2026-01-05",
    "from=2026-99-99T00:00Z",
    "topic=",
    "topic=at,gossip",
    "text=",
    `text=${"x".repeat(101)}`,
    "limit=10001",
  ])("is refused when it is asked for %s", async (query) => {
    expect(await say(request("GET", `/v1/events?${query}`, [LOCAL]))).toMatch(/^HTTP\/1.1 400 /);
  });
});
