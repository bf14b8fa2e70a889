import { mkdtemp, rm } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startControlServer } from "../../../src/inspector/control-server.ts";
import { requestLimits } from "../../../src/inspector/request-limits.ts";
import type { AgentView } from "../../../src/inspector/types.ts";
import { openJournal } from "../../../src/journal/open-journal.ts";
import type { Journal } from "../../../src/journal/types.ts";
import { type Served, serveEmptyPage } from "../inspect/empty-page.ts";

const WITHIN_MS = 500;
/** Against hangs only: with Node's own way of looking it would be 30 s at the least. */
const AT_MOST_MS = 15_000;
const HEAD = "GET /v1/events?follow=true HTTP/1.1\r\nhost: localhost\r\n";

let folder: string;
let journal: Journal;
let control: { close(): Promise<void> };
let page: Served;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "half-requests-"));
  journal = await openJournal({ directory: join(folder, "journal"), maxMegabytes: 1 });
  const socket = join(folder, "agent.sock");
  const view = { setBalance: () => {} } as unknown as AgentView;
  control = await startControlServer({ view, journal, socket, version: "0.0.0", requestWithinMs: WITHIN_MS });
  page = await serveEmptyPage({ socket, requestWithinMs: WITHIN_MS });
});
afterEach(async () => {
  await page.close();
  await control.close();
  await journal.close();
  await rm(folder, { recursive: true, force: true });
});

const servers = {
  "the control socket": (): NetConnectOpts => ({ path: join(folder, "agent.sock") }),
  "the page's server": (): NetConnectOpts => ({ host: "127.0.0.1", port: page.port }),
};

/** What is heard until the other end hangs up, and whether it did so by itself. */
function sayPart(to: NetConnectOpts, bytes: string): Promise<{ heard: string; hungUp: boolean }> {
  return new Promise((resolve) => {
    const peer = connect(to);
    let heard = "";
    const late = setTimeout(() => end(false), AT_MOST_MS);
    const end = (hungUp: boolean): void => {
      clearTimeout(late);
      peer.destroy();
      resolve({ heard, hungUp });
    };
    peer.on("data", (part) => {
      heard += part.toString();
    });
    peer.on("error", () => end(true));
    peer.on("close", () => end(true));
    if (bytes !== "") peer.write(bytes);
  });
}

describe.each(Object.entries(servers))("%s hangs up", (_, address) => {
  it.each([
    ["on who says nothing", ""],
    ["on half a head", HEAD],
    [
      "on half a body",
      'POST /v1/balancer HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"by":',
    ],
  ])("%s", async (_, bytes) => {
    const { heard, hungUp } = await sayPart(address(), bytes);
    expect(hungUp).toBe(true);
    expect(heard.slice(0, 12)).toMatch(/^(|HTTP\/1.1 408)$/);
  });

  it("and not on who has asked whole, however long the answer goes on", async () => {
    const peer = connect(address());
    let heard = "";
    let closed = false;
    peer.on("data", (part) => {
      heard += part.toString();
    });
    peer.on("close", () => {
      closed = true;
    });
    peer.write(`${HEAD}\r\n`);
    // By the end of another, which came later, its own time is over too.
    await sayPart(address(), HEAD);
    await sayPart(address(), HEAD);
    journal.write({ port: null, topic: "agent", text: "still here" });
    await expect.poll(() => heard, { timeout: AT_MOST_MS }).toContain("still here");
    expect(closed).toBe(false);
    peer.destroy();
  });
});

it("Node's last look is within the time that a request has", () => {
  for (const withinMs of [500, 10_000]) {
    const { headersTimeout, requestTimeout, connectionsCheckingInterval } = requestLimits(withinMs);
    expect(headersTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(withinMs);
    expect(requestTimeout).toBe(headersTimeout);
    expect(headersTimeout).toBeGreaterThan(withinMs / 2);
  }
});
