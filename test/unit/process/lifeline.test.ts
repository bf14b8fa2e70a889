import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followLifeline, type Lifeline, makeLifeline } from "../../../src/process/lifeline.ts";

let folder: string;
let file: string;
let child: ChildProcess | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lifeline-"));
  file = join(folder, "life");
  child = null;
});

afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function held(): Promise<{ lifeline: Lifeline; child: ChildProcess }> {
  const { held: descriptor, ...lifeline } = await makeLifeline(file);
  child = spawn("sleep", ["600"], { stdio: ["ignore", "ignore", "ignore", descriptor] });
  closeSync(descriptor);
  return { lifeline, child };
}

const stateOf = ({ ended }: Lifeline): Promise<string> =>
  Promise.race([ended.then(() => "ended"), sleep(100).then(() => "alive")]);

describe("a lifeline", () => {
  it("tells its maker and who comes later of the holder's end, and not before", async () => {
    const { lifeline, child } = await held();
    const later = followLifeline(file);
    expect(await Promise.all([lifeline, later].map(stateOf))).toEqual(["alive", "alive"]);
    child.kill("SIGKILL");
    await Promise.all([lifeline.ended, later.ended]);
  });

  it("has ended for who comes after the holder's end", async () => {
    const { lifeline, child } = await held();
    child.kill("SIGKILL");
    await lifeline.ended;
    await followLifeline(file).ended;
  });

  it("is nobody else's to read, and is made anew where one was left", async () => {
    const { lifeline } = await held();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const another = await makeLifeline(file);
    closeSync(another.held);
    await another.ended;
    expect(await stateOf(lifeline)).toBe("alive");
    lifeline.close();
  });

  it("needs no reader to go on", async () => {
    const { lifeline, child } = await held();
    lifeline.close();
    await lifeline.ended;
    expect(child.exitCode).toBeNull();
    expect(await stateOf(followLifeline(file))).toBe("alive");
  });
});
