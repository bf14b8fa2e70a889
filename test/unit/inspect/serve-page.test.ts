import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PageOptions, type ServedPage, servePage } from "../../../src/inspect/serve-page.ts";

let folder: string;
let agent: Server | null;
let page: ServedPage | null;
/** What reached the agent. */
let reached: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[];
let dropped: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "inspect-"));
  await mkdir(join(folder, "page"));
  await writeFile(join(folder, "page", "page.html"), '<style></style><script type="module"></script>');
  await writeFile(join(folder, "page", "page.js"), "const price = '$& $1';\n");
  await writeFile(join(folder, "page", "page.css"), "a{}");
  reached = [];
  dropped = 0;
  agent = null;
  page = null;
});
afterEach(async () => {
  await page?.close();
  agent?.close();
  agent?.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

/** An agent that says OK to everything, and to who follows what happens nothing more, for ever. */
async function startAgent(): Promise<void> {
  agent = createServer(async (asked, answer) => {
    let body = "";
    for await (const part of asked) body += part;
    reached.push({ method: asked.method ?? "", url: asked.url ?? "", headers: asked.headers, body });
    answer.once("close", () => {
      if (!answer.writableEnded) dropped += 1;
    });
    if (asked.url?.includes("follow=true")) {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write(": following\n\n");
      return;
    }
    answer.writeHead(asked.method === "POST" ? 202 : 200, { "content-type": "application/json", "x-inner": "kept" });
    answer.end('{"ok":true}');
  });
  await new Promise<void>((resolve) => agent?.listen(join(folder, "agent.sock"), resolve));
}

async function serve(more: Partial<PageOptions> = {}): Promise<void> {
  const listen = { address: "127.0.0.1", port: 0 };
  page = await servePage({
    folder: join(folder, "page"),
    socket: join(folder, "agent.sock"),
    listen,
    token: false,
    ...more,
  });
}

function send(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(page?.url ?? "");
    const asked = request({ host, port, path, method, headers, agent: false }, resolve);
    asked.once("error", reject);
    asked.end(body);
  });
}

async function ask(method: string, path: string, headers: Record<string, string> = {}, body = "") {
  const answer = await send(method, path, headers, body);
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const text = (answer.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
  return { status: answer.statusCode, headers: answer.headers, text };
}

const JSON_BODY = { "content-type": "application/json" };

describe("the page", () => {
  it("is one document, whose script and style alone its policy lets run", async () => {
    await serve();
    const { status, headers, text } = await ask("GET", "/", { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"]]).toEqual([200, "gzip"]);
    expect(text).toBe(`<style>a{}</style><script type="module">const price = '$& $1';</script>`);
    const policy = String(headers["content-security-policy"]);
    const hash = createHash("sha256").update("const price = '$& $1';").digest("base64");
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect((await ask("GET", "/")).text).toBe(text);
    expect((await ask("HEAD", "/")).text).toBe("");
  });

  it("passes on what it asks of the agent, and nothing of who asks", async () => {
    await startAgent();
    await serve();
    const given = await ask("GET", "/v1/events?since=3&port=1-1", { cookie: "a=b", "accept-encoding": "gzip" });
    expect([given.status, given.text, given.headers["content-encoding"]]).toEqual([200, '{"ok":true}', "gzip"]);
    expect(given.headers["x-inner"]).toBeUndefined();
    expect((await ask("POST", "/v1/ports/1-1.3/disable?now=true", JSON_BODY, "{}")).status).toBe(202);
    expect((await ask("POST", "/v1/uplinks/eth0", JSON_BODY, '{"weight":3}')).status).toBe(202);
    expect(reached.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
      "GET /v1/events?since=3&port=1-1",
      "POST /v1/ports/1-1.3/disable?now=true {}",
      'POST /v1/uplinks/eth0 {"weight":3}',
    ]);
    expect(reached[0]?.headers).toMatchObject({ host: "localhost" });
    expect(reached[0]?.headers.cookie).toBeUndefined();
  });

  it.each([
    ["GET", "/metrics"],
    ["GET", "/v1/openapi.json"],
    ["GET", "/v1/status/"],
    ["GET", "/v1/ports/1-1/retry"],
    ["POST", "/v1/status"],
    ["POST", "/v1/verify"],
    ["POST", "/v1/ports/1-1/retry/../../verify"],
    ["POST", "/v1/ports/..%2fverify/retry"],
    ["DELETE", "/v1/status"],
    ["GET", "//evil.example/v1/status"],
    ["GET", "/page.js"],
  ])("does not pass on %s %s", async (method, path) => {
    await startAgent();
    await serve();
    expect((await ask(method, path, JSON_BODY)).status).toBe(404);
    expect(reached).toEqual([]);
  });

  it("passes on nothing that comes from another site, under another name, or too long", async () => {
    await startAgent();
    await serve();
    const retry = (headers: Record<string, string>, body = "{}") => ask("POST", "/v1/ports/1-1/retry", headers, body);
    expect((await retry({ ...JSON_BODY, origin: "http://evil.example" })).status).toBe(403);
    expect((await retry({ ...JSON_BODY, host: "evil.example" })).status).toBe(403);
    expect((await retry({ "content-type": "text/plain" })).status).toBe(415);
    expect((await retry(JSON_BODY, " ".repeat(2000))).status).toBe(413);
    expect(reached).toEqual([]);
  });

  it("lets go of the agent when who follows goes away", async () => {
    await startAgent();
    await serve();
    const answer = await send("GET", "/v1/events?follow=true", { "accept-encoding": "gzip" });
    expect(answer.headers["content-encoding"]).toBeUndefined();
    await new Promise((resolve) => answer.once("data", resolve));
    answer.destroy();
    for (let turn = 0; turn < 500 && dropped === 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(dropped).toBe(1);
  });

  it("says that the agent does not run, and serves on when it does", async () => {
    await serve();
    const { status, text } = await ask("GET", "/v1/status");
    expect([status, JSON.parse(text).error]).toEqual([503, "AgentNotRunning"]);
    await startAgent();
    expect((await ask("GET", "/v1/status")).status).toBe(200);
  });

  it("has a token in its address where others could reach it, or where it is wanted", async () => {
    await startAgent();
    await serve({ listen: { address: "0.0.0.0", port: 0 } });
    const token = page?.url.split("#")[1] ?? "";
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect((await ask("GET", "/v1/status")).status).toBe(401);
    expect((await ask("GET", "/v1/status", { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask("GET", "/")).status).toBe(200);
    await page?.close();
    await serve({ token: true });
    expect(page?.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+\/#[A-Za-z0-9_-]{22}$/);
    expect(page?.url).not.toContain(token);
    await page?.close();
    await serve();
    expect(page?.url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+\/$/);
  });

  it("is not served where somebody else is", async () => {
    await serve();
    const { port } = new URL(page?.url ?? "");
    const listen = { address: "127.0.0.1", port: Number(port) };
    const again = servePage({ folder: join(folder, "page"), socket: "", listen, token: false });
    await expect(again).rejects.toMatchObject({ failure: { kind: "SystemRefused" } });
  });
});
