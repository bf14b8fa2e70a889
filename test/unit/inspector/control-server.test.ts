import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { agentClient } from "../../../src/inspector/client.ts";
import { startControlServer } from "../../../src/inspector/control-server.ts";
import { AgentNotRunning, RequestRefused } from "../../../src/inspector/errors.ts";
import { openapi } from "../../../src/inspector/openapi.ts";
import type { AgentView, Status } from "../../../src/inspector/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { Journal, JournalEntry } from "../../../src/journal/types.ts";
import type { UplinkId } from "../../../src/net/types.ts";

const PORT = "1-1.3" as PortPath;
const STATUS: Status = {
  schema: 1,
  agent: { version: "9.9.9", pid: 1, since: "2026-01-05T14:00:00.000Z" },
  ports: [],
  uplinks: [],
  balancer: { by: "connection", byHand: false, rules: [] },
  accessPoint: null,
  bundle: null,
  interfaces: [],
  hubs: [
    {
      port: "usb1",
      drawnMilliamps: 500,
      budgetMilliamps: 2000,
      over: false,
      devices: [{ port: PORT, name: "ZTE MF102", milliamps: 500 }],
      note: null,
    },
  ],
};

const VERIFICATION = { drift: ["the table is missing"], mended: true };

let directory: string;
let socket: string;
let journal: Journal;
let server: { close(): Promise<void> } | null;
let acted: string[];

const view: AgentView = {
  status: async () => STATUS,
  verify: async () => VERIFICATION,
  act: (port, action, now) => {
    acted.push(`${action} ${port}${now ? " now" : ""}`);
    return port === PORT;
  },
  setRank: (uplink, change) => {
    acted.push(`${uplink} ${JSON.stringify(change)}`);
    return uplink === PORT || uplink === "eth0";
  },
  setBalance: (by) => void acted.push(by),
};

const start = async (options: { patienceMs?: number } = {}): Promise<void> => {
  server = await startControlServer({ view, journal, socket, version: "9.9.9", ...options });
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "control-"));
  socket = join(directory, "agent.sock");
  journal = await openJournal({ directory: join(directory, "journal"), maxMegabytes: 1 });
  acted = [];
  server = null;
});
afterEach(async () => {
  await server?.close();
  await journal.close();
  await rm(directory, { recursive: true, force: true });
});

function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: socket, method, path, headers: { host: "localhost", ...headers } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => resolve({ code: answer.statusCode ?? 0, body: text }));
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

describe("the control server", () => {
  it("answers the client with the status and takes commands for a port", async () => {
    await start();
    const client = agentClient(socket);
    expect(await client.status()).toEqual(STATUS);
    await client.act(PORT, "retry");
    await client.act(PORT, "disable");
    await client.act(PORT, "disable", true);
    expect(acted).toEqual(["retry 1-1.3", "disable 1-1.3", "disable 1-1.3 now"]);
    await expect(client.act("1-9" as PortPath, "enable")).rejects.toMatchObject({ status: 404, code: "NoSuchPort" });
  });

  it("takes what a hand says of a link, and of how connections are spread", async () => {
    await start();
    const client = agentClient(socket);
    await client.setRank(PORT, { weight: 3, tier: "config" });
    await client.setRank("eth0" as UplinkId, { weight: "auto" });
    await client.setBalance("host");
    expect(acted).toEqual(['1-1.3 {"weight":3,"tier":"config"}', 'eth0 {"weight":"auto"}', "host"]);
    await expect(client.setRank("1-9" as UplinkId, { tier: 2 })).rejects.toMatchObject({ code: "NoSuchUplink" });
  });

  it.each([
    ["/v1/uplinks/1-1.3", "", "BadChange"],
    ["/v1/uplinks/1-1.3", "{", "BadRequest"],
    ["/v1/uplinks/1-1.3", "[]", "BadChange"],
    ["/v1/uplinks/1-1.3", "{}", "BadChange"],
    ["/v1/uplinks/1-1.3", '{"weight":0}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"weight":1001}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"weight":"3"}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"weight":1.5}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"tier":"auto"}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"tier":10}', "BadChange"],
    ["/v1/uplinks/1-1.3", '{"wieght":3}', "BadChange"],
    ["/v1/uplinks/a%20b", '{"weight":3}', "BadUplink"],
    ["/v1/balancer", '{"by":"luck"}', "BadChange"],
    ["/v1/balancer", "null", "BadChange"],
  ])("refuses to set %s to %s", async (path, body, error) => {
    await start();
    const answer = await ask("POST", path, body === "" ? {} : { "content-type": "application/json" }, body);
    expect([answer.code, JSON.parse(answer.body)]).toEqual([400, { error, message: expect.any(String) }]);
    expect(acted).toEqual([]);
  });

  it("may be used by its owner and its group only", async () => {
    await start();
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it.each([
    ["POST", "/v1/ports/foo/retry", {}, 400, "BadPort"],
    ["POST", "/v1/ports/..%2f..%2fetc/retry", {}, 400, "BadPort"],
    ["POST", "/v1/ports/%zz/retry", {}, 400, "BadRequest"],
    ["POST", "/v1/ports/1-1.3/explode", {}, 404, "NotFound"],
    ["GET", "/v1/ports/1-1.3/retry", {}, 404, "NotFound"],
    ["GET", "/v1/events?since=-1", {}, 400, "BadQuery"],
    ["GET", "/v1/events?port=x", {}, 400, "BadQuery"],
    ["GET", "/v1/events?follow=maybe", {}, 400, "BadQuery"],
    ["GET", "/v1/events?sinse=1", {}, 400, "BadQuery"],
    ["GET", "/v1/events?since=1&since=2", {}, 400, "BadQuery"],
    ["GET", "/v1/status", { host: "evil.example" }, 403, "HostRefused"],
    ["GET", "/v1/status", { host: "localhost.evil.example:80" }, 403, "HostRefused"],
  ])("refuses %s %s %j with %i %s", async (method, path, headers, code, error) => {
    await start();
    const answer = await ask(method, path, headers);
    expect(answer.code).toBe(code);
    expect(JSON.parse(answer.body)).toEqual({ error, message: expect.any(String) });
    expect(acted).toEqual([]);
  });

  it("refuses a large body before reading it", async () => {
    await start();
    const answer = await ask("POST", "/v1/ports/1-1.3/retry", { "content-type": "application/json" }, "x".repeat(5000));
    expect(answer.code).toBe(413);
    expect(acted).toEqual([]);
  });

  it("tells what failed when the view fails", async () => {
    const failing: AgentView = { ...view, status: () => Promise.reject(new Error("out of cheese")) };
    server = await startControlServer({ view: failing, journal, socket, version: "9.9.9" });
    const answer = await ask("GET", "/v1/status");
    expect([answer.code, JSON.parse(answer.body)]).toEqual([500, { error: "Internal", message: "out of cheese" }]);
  });

  it("serves every path that its own description names", async () => {
    await start();
    type Operation = { requestBody?: { content: { "application/json": { example: unknown } } } };
    const { paths } = openapi("9.9.9") as { paths: Record<string, Record<string, Operation>> };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        const example = requestBody?.content["application/json"].example;
        const [headers, body] =
          example === undefined ? [{}] : [{ "content-type": "application/json" }, JSON.stringify(example)];
        const { code } = await ask(method.toUpperCase(), path.replace(/\{\w+\}/, PORT), headers, body);
        expect(`${method} ${path}: ${code}`).toMatch(/: 20[02]$/);
      }
    }
  });
});

it("what was found when the kernel was looked at is told as it is described", async () => {
  await start();
  expect(await agentClient(socket).verify()).toEqual(VERIFICATION);
  const { components } = openapi("9.9.9") as { components: { schemas: Record<string, { required: string[] }> } };
  expect(components.schemas.Verification?.required.toSorted()).toEqual(Object.keys(VERIFICATION).toSorted());
});

it("the description of the status names the fields that there are, of hubs and what hangs on them too", () => {
  type Schema = { properties: Record<string, Schema & { items: Schema }>; required: string[]; pattern: string };
  const { Status: status, Hub: hub } = (openapi("9.9.9") as { components: { schemas: Record<string, Schema> } })
    .components.schemas;
  const [example] = STATUS.hubs;
  expect(status?.required.toSorted()).toEqual(Object.keys(STATUS).toSorted());
  expect(hub?.required.toSorted()).toEqual(Object.keys(example ?? {}).toSorted());
  expect(hub?.properties.devices?.items.required.toSorted()).toEqual(Object.keys(example?.devices[0] ?? {}).toSorted());
  const name = new RegExp(hub?.properties.port?.pattern ?? "^$");
  expect(["1-1.3", "usb12", "hub1"].map((path) => name.test(path))).toEqual([true, true, false]);
});

describe("the events of the control server", () => {
  const write = (text: string): void => journal.write({ port: PORT, topic: "event", text });

  it("are all there, filtered, and in pages that do not show", async () => {
    for (let n = 1; n <= 250; n += 1) write(String(n));
    await start();
    const read = async (filter: { since?: number; limit?: number; port?: PortPath }): Promise<string[]> => {
      const texts: string[] = [];
      for await (const { text } of agentClient(socket).events(filter)) texts.push(text);
      return texts;
    };
    expect(await read({})).toHaveLength(250);
    expect(await read({ since: 248 })).toEqual(["249", "250"]);
    expect(await read({ since: 10, limit: 1 })).toEqual(["250"]);
    expect(await read({ limit: 0 })).toEqual([]);
    expect(await read({ port: "1-9" as PortPath })).toEqual([]);
  });

  it("go on while they are followed, and end when the agent does", async () => {
    write("past");
    await start();
    const heard: JournalEntry[] = [];
    for await (const entry of agentClient(socket).events({ follow: true })) {
      heard.push(entry);
      if (entry.text === "past") write("live 1");
      if (entry.text === "live 1") write("live 2");
      if (entry.text === "live 2") break;
    }
    expect(heard.map(({ seq, text }) => [seq, text])).toEqual([
      [1, "past"],
      [2, "live 1"],
      [3, "live 2"],
    ]);
    const following = (async () => {
      for await (const _ of agentClient(socket).events({ follow: true, since: 3 })) throw new Error("nothing is new");
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server?.close();
    server = null;
    await expect(following).rejects.toThrow("the agent ended the stream");
  });

  it("drop a reader that takes nothing, and serve the others meanwhile", async () => {
    for (let n = 1; n <= 4000; n += 1) journal.write({ port: PORT, topic: "event", text: "x".repeat(500) });
    await start({ patienceMs: 150 });
    const stuck: Socket = connect(socket);
    stuck.on("error", () => {});
    stuck.write("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stuck.pause();
    const begun = Date.now();
    expect((await ask("GET", "/v1/status")).code).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 400));
    let received = "";
    stuck.on("data", (part) => {
      received += part.toString();
    });
    stuck.resume();
    await new Promise((resolve) => stuck.on("close", resolve));
    expect(received.split("\n").length).toBeLessThan(4000);
    expect(Date.now() - begun).toBeLessThan(2500);
  });
});

describe("the control socket", () => {
  it("of a dead agent is taken over", async () => {
    // A listener that is gone without having removed its socket is what a kill leaves behind.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(directory, "dead.sock"), resolve));
    await rename(join(directory, "dead.sock"), socket);
    await new Promise((resolve) => dead.close(resolve));
    expect((await stat(socket)).isSocket()).toBe(true);
    await expect(agentClient(socket).status()).rejects.toBeInstanceOf(AgentNotRunning);
    await start();
    expect((await agentClient(socket).status()).schema).toBe(1);
  });

  it("of a living agent is left to it", async () => {
    await start();
    const second = startControlServer({ view, journal, socket, version: "9.9.9" });
    await expect(second).rejects.toThrow("another agent is running");
    expect((await agentClient(socket).status()).schema).toBe(1);
  });

  it("is not put where something else is", async () => {
    await writeFile(socket, "precious");
    await expect(start()).rejects.toThrow("is not a socket");
  });

  it("is gone after close, and the client says that no agent runs", async () => {
    await start();
    await server?.close();
    server = null;
    await expect(stat(socket)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(agentClient(socket).status()).rejects.toBeInstanceOf(AgentNotRunning);
  });

  it("that answers nonsense is told as such", async () => {
    const impostor = createServer((peer) => peer.resume().end("HTTP/1.1 502 Bad\r\ncontent-length: 2\r\n\r\nhi"));
    await new Promise<void>((resolve) => impostor.listen(socket, resolve));
    await expect(agentClient(socket).status()).rejects.toThrow(RequestRefused);
    await new Promise((resolve) => impostor.close(resolve));
  });
});
