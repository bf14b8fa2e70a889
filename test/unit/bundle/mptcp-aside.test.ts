import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { HealthEvent } from "../../../machines/bundle/effects.ts";
import { createMptcpEngine } from "../../../src/bundle/mptcp/create-engine.ts";
import { ECHO } from "../../../src/bundle/mptcp/proxy.ts";
import type { BundleStart } from "../../../src/bundle/types.ts";
import { serveEcho } from "../../../src/concentrator/echo.ts";
import type { UplinkId } from "../../../src/net/types.ts";

const [SLOW, FAST] = ["1-1", "1-2"] as UplinkId[] as [UplinkId, UplinkId];
const START: BundleStart = {
  settings: { engine: "mptcp", host: "203.0.113.7", port: 7119, version: 1, lanAddress: "172.17.2.1" },
  concentrator: { host: "203.0.113.7", address: "203.0.113.7", port: 7119 },
};

test("the engine tells of a member that holds up the others, only while the bundle answers, and forgets it at the end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-aside-"));
  const endEcho = await serveEcho(ECHO);
  const notices: string[] = [];
  const asideChanged = vi.fn();
  const engine = createMptcpEngine({
    ...{ folder, asideChanged, key: () => "", log: () => {}, onNotice: (text) => void notices.push(text) },
    programs: { mptcpize: "true", ip: "true", ss: "true" },
  });
  let atMs = 0;
  /** Ten seconds of a download of 60 kB/s over two links that can carry 410 together. */
  const download = (): void => {
    for (let look = 0; look < 20; look++) {
      atMs += 500;
      const counters = [
        { id: SLOW, bytes: atMs * 10, rate: 110_000 },
        { id: FAST, bytes: atMs * 50, rate: 300_000 },
      ];
      engine.look(
        counters.filter(({ id }) => !engine.aside().includes(id)),
        atMs,
      );
    }
  };
  try {
    download();
    expect(engine.aside()).toEqual([]);
    const told: HealthEvent[] = [];
    const end = engine.watchHealth(START, (event) => told.push(event));
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toEqual(["health.answered"]), { timeout: 10_000 });
    download();
    expect(engine.aside()).toEqual([SLOW]);
    expect(asideChanged).toHaveBeenCalledTimes(1);
    expect(notices.at(-1)).toContain(`tried without ${SLOW}`);
    end();
    await engine.release();
    expect(engine.aside()).toEqual([]);
    expect(asideChanged).toHaveBeenCalledTimes(2);
  } finally {
    await endEcho();
    await rm(folder, { recursive: true, force: true });
  }
});

test("what a first download shows is told to the concentrator before a rate is known for good", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wanherd-shown-"));
  const words: (string | null)[] = [];
  const endEcho = await serveEcho(ECHO, (_, word) => void words.push(word));
  const engine = createMptcpEngine({
    ...{ folder, asideChanged: () => {}, key: () => "", log: () => {}, onNotice: () => {} },
    programs: { mptcpize: "true", ip: "true", ss: "true" },
  });
  const told: HealthEvent[] = [];
  const end = engine.watchHealth(START, (event) => told.push(event));
  try {
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toEqual(["health.answered"]), { timeout: 10_000 });
    expect(words).toEqual(["\n"]);
    for (const atMs of [0, 3_000, 6_000]) {
      engine.look(
        [
          { id: SLOW, bytes: atMs * 110, rate: null },
          { id: FAST, bytes: atMs * 300, rate: null },
        ],
        atMs,
      );
    }
    await vi.waitFor(() => expect(words).toContain("300\n"), { timeout: 10_000 });
  } finally {
    end();
    await engine.release();
    await endEcho();
    await rm(folder, { recursive: true, force: true });
  }
});
