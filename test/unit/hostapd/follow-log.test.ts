import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FollowedLog, followLog } from "../../../src/hostapd/follow-log.ts";

let folder: string;
let file: string;
let lines: string[];
let log: FollowedLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "follow-"));
  file = join(folder, "log");
  lines = [];
});

afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

async function follow(limit = 1_000, reopen = async (): Promise<boolean> => true): Promise<void> {
  log = await followLog({ file, limit, reopen, line: (line) => lines.push(line) });
}

describe("a log that is followed", () => {
  it("begins empty, is nobody else's to read, and tells each line once it is whole, made safe", async () => {
    writeFileSync(file, "of an earlier agent\n");
    await follow();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    appendFileSync(file, "one\ntw");
    await vi.waitFor(() => expect(lines).toEqual(["one"]), 10_000);
    appendFileSync(file, "o\n\u001b[31mred\n");
    await vi.waitFor(() => expect(lines).toHaveLength(3), 10_000);
    expect(lines.slice(1)).toEqual(["two", "·[31mred"]);
  });

  it("that has grown gives way to a new one, and no line is lost or told twice", async () => {
    let descriptor = -1;
    let reopened = 0;
    await follow(500, async () => {
      // What the program writes until it has opened the new file still goes to the old one.
      writeSync(descriptor, "the last\n");
      closeSync(descriptor);
      descriptor = openSync(file, "a");
      reopened++;
      return true;
    });
    descriptor = openSync(file, "a");
    const written: string[] = [];
    for (let n = 0; reopened < 2; n++) {
      written.push(`line ${n}`);
      writeSync(descriptor, `line ${n}\n`);
      await log.catchUp();
    }
    closeSync(descriptor);
    expect(lines.filter((line) => line !== "the last")).toEqual(written);
    expect(lines.filter((line) => line === "the last")).toHaveLength(2);
    expect(statSync(file).size).toBeLessThan(500);
  });

  it("bounds a line without an end", async () => {
    await follow(1_000_000);
    appendFileSync(file, `${"x".repeat(100_000)}\nnext\n`);
    await vi.waitFor(() => expect(lines.at(-1)).toBe("next"), 10_000);
    expect(lines[0]?.length).toBeLessThanOrEqual(300);
  });
});
