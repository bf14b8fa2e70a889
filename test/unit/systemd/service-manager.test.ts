import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceManager } from "../../../src/systemd/service-manager.ts";

let folder: string;
let said: string;
let command: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "service-manager-"));
  said = join(folder, "said");
  command = join(folder, "systemd-notify");
  await writeFile(command, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >>${said}\n`, { mode: 0o755 });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function untilSaid(count: number): Promise<readonly string[]> {
  for (;;) {
    const lines = (await readFile(said, "utf8").catch(() => "")).split("\n").slice(0, -1);
    if (lines.length >= count) return lines;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const never = (text: string): void => {
  throw new Error(text);
};

test("systemd hears that the agent is ready, then that it is alive, then that it ends, and nothing after that", async () => {
  const environment = { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "100000", WATCHDOG_PID: "7" };
  const manager = createServiceManager({ environment, pid: 7, onNotice: never, command });
  manager.ready();
  const lines = await untilSaid(4);
  expect(lines[0]).toBe("/run/n --ready");
  expect(new Set(lines.slice(1))).toEqual(new Set(["/run/n WATCHDOG=1"]));
  await manager.stopping();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await untilSaid(5)).filter((line) => line.endsWith("STOPPING=1"))).toHaveLength(1);
  const after = (await untilSaid(5)).length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await untilSaid(5)).toHaveLength(after);
});

test.each([
  ["another process's", { WATCHDOG_USEC: "20000", WATCHDOG_PID: "8" }],
  ["none", {}],
  ["no number", { WATCHDOG_USEC: "soon" }],
])("a watchdog that is %s is not fed", async (_, watchdog) => {
  const environment = { NOTIFY_SOCKET: "/run/n", ...watchdog };
  const manager = createServiceManager({ environment, pid: 7, onNotice: never, command });
  manager.ready();
  await untilSaid(1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await untilSaid(1)).toEqual(["/run/n --ready"]);
  await manager.stopping();
});

test("without systemd nothing is started", async () => {
  const manager = createServiceManager({ environment: {}, pid: 7, onNotice: never, command: "/nonexistent" });
  manager.ready();
  await manager.stopping();
});

test("a systemd that cannot be told is complained of once", async () => {
  const notices: string[] = [];
  const environment = { NOTIFY_SOCKET: "/run/n" };
  const onNotice = (text: string): void => void notices.push(text);
  const manager = createServiceManager({ environment, pid: 7, onNotice, command: join(folder, "nothing") });
  manager.ready();
  await manager.stopping();
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/^systemd could not be told (--ready|STOPPING=1)/);
});
