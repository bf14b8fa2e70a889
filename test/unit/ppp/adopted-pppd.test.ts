import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ProcessEvent } from "../../../machines/daemon/effects.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { adoptPppd } from "../../../src/ppp/adopted-pppd.ts";
import type { LinkRecord } from "../../../src/ppp/link-records.ts";
import { isRunning, startTimeOf } from "../../../src/ppp/stray-pppd.ts";

const PORT = "1-1.3" as PortPath;
const LINK = { interface: "wan1-1_3", address: "10.64.0.2", peer: "10.64.0.1", dns: [] };

let folder: string;
let record: LinkRecord;

/** Something by pppd's name, with the mark of ours, that is not followed as a child. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pppd-"));
  const program = join(folder, "pppd");
  await writeFile(program, "#!/bin/sh\nwhile :; do sleep 0.05; done\n");
  await chmod(program, 0o755);
  // A script's command line begins with its interpreter; `exec -a` gives it pppd's.
  const script = `exec -a pppd bash -c 'trap "exit 5" TERM; while :; do sleep 0.05; done' pppd linkname wanherd-${PORT}`;
  const child = spawn("bash", ["-c", script], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  await vi.waitFor(async () => {
    record = {
      ...{ port: PORT, pid, startTime: (await startTimeOf(pid)) ?? "", link: LINK, apn: "" },
      ports: { at: "", data: "" },
      facts: { manufacturer: null, model: null, imei: null, imsi: null, iccid: null },
    };
    expect(await isRunning(record)).toBe(true);
  });
});

afterEach(async () => {
  if (await isRunning(record)) process.kill(-record.pid, "SIGKILL");
  await rm(folder, { recursive: true });
});

function adopt() {
  const events: ProcessEvent[] = [];
  const pppd = adoptPppd(record, (event) => events.push(event));
  const exit = () =>
    vi.waitFor(() => {
      const last = events.at(-1);
      if (last?.type !== "process.exited") throw new Error(`not ended: ${JSON.stringify(events)}`);
      return last.failure;
    });
  return { pppd, events, exit };
}

it("is ready at once, and a pppd that was not told to end has lost its link", async () => {
  const { events, exit } = adopt();
  expect(events).toEqual([]);
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(events).toEqual([
    { type: "process.started", pid: record.pid },
    { type: "process.ready", detail: LINK },
  ]);
  process.kill(-record.pid, "SIGKILL");
  expect(await exit()).toMatchObject({ kind: "LinkLost" });
  expect(await isRunning(record)).toBe(false);
});

it("ends when it is told to", async () => {
  const { pppd, exit } = adopt();
  pppd.terminate();
  expect(await exit()).toBeNull();
  expect(await isRunning(record)).toBe(false);
});

it("takes its word from the process of that start time only, and signals no other", async () => {
  const mine = record;
  record = { ...record, startTime: "1" };
  const { pppd, exit } = adopt();
  pppd.kill();
  expect(await exit()).toBeNull();
  record = mine;
  expect(await isRunning(record)).toBe(true);
});
