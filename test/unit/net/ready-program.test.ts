import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createReadyProgram } from "../../../src/process/ready-program.ts";

/** A shell script as the program; its input is its stdin. */
function program(script: string, timeoutMs = 5000) {
  return createReadyProgram({ command: "sh", args: ["-c", script], timeoutMs });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a program started in advance", () => {
  it("does each input in a process of its own and tells its end", async () => {
    const echo = program("cat; echo problem >&2; exit 3");
    expect(await echo.run("first\n")).toEqual({ exitCode: 3, stdout: "first", stderr: "problem" });
    expect((await echo.run("second\n")).stdout).toBe("second");
  });

  it("uses the process that was warmed", async () => {
    const tell = program("date +%s%N; cat");
    tell.warm();
    await pause(100);
    const asked = BigInt(Date.now()) * 1_000_000n;
    const [started = ""] = (await tell.run("work")).stdout.split("\n");
    expect(BigInt(started)).toBeLessThan(asked);
  });

  it("that is unhurried lets others go first", async () => {
    const args = ["-c", "cat >/dev/null; nice"];
    const niceness = createReadyProgram({ command: "sh", args, timeoutMs: 5000, unhurried: true });
    expect(Number((await niceness.run("")).stdout)).toBeGreaterThanOrEqual(10);
  });

  it("starts another when the waiting one has died", async () => {
    const once = program('read -r line && echo got $line; [ -n "$line" ] || exit 1');
    once.warm();
    await once.close();
    expect((await once.run("work\n")).stdout).toBe("got work");
  });

  it("does the work again when its process is killed before the end", async () => {
    const marker = `ready-program-${process.pid}-${Date.now()}`;
    const dies = program(`cat; mkdir /tmp/${marker} 2>/dev/null && kill -9 $$; rmdir /tmp/${marker}; exit 0`);
    expect(await dies.run("work")).toEqual({ exitCode: 0, stdout: "work", stderr: "" });
  });

  it("is killed when it takes too long, and says so", async () => {
    const stuck = program("exec sleep 60", 50);
    await expect(stuck.run("")).rejects.toMatchObject({
      failure: { kind: "SystemRefused", message: "sh took longer than 50 ms" },
    });
  });

  it("that is not installed is named", async () => {
    const missing = createReadyProgram({ command: "no-such-program", args: [], timeoutMs: 1000 });
    missing.warm();
    await expect(missing.run("work")).rejects.toMatchObject({ failure: { kind: "ProgramMissing" } });
    await missing.close();
  });

  it("leaves no process behind when closed, and starts none afterwards", async () => {
    const told = program("echo $$ >&2; cat; sleep 0");
    const pid = Number((await told.run("")).stderr);
    expect(isRunning(pid)).toBe(false);
    told.warm();
    await told.close();
    told.warm();
    await told.close();
  });

  it("that ignores a large input does not break us", async () => {
    const deaf = program("exit 0");
    expect((await deaf.run("x".repeat(1_000_000))).exitCode).toBe(0);
  });
});
