import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { echoFileOf, readEchoMark } from "../../../src/ppp/echo-file.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "echo-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A file as pppd 2.5.1 and later lay it out: magic, status, newest index, interval, then the ring; all big-endian. */
function write(magic: number, index: number, size = 8_192): void {
  const bytes = Buffer.alloc(8_192);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(1, 4);
  bytes.writeUInt32BE(index, 8);
  writeFileSync(echoFileOf("wan1-1", folder), bytes.subarray(0, size));
}

it("the newest answer's index tells one answer from the next", async () => {
  write(0x19450425, 0);
  expect(await readEchoMark("wan1-1", folder)).toBe(0);
  write(0x19450425, 2);
  expect(await readEchoMark("wan1-1", folder)).toBe(2);
});

it("no file, a short one, and one of another kind are no answer known", async () => {
  expect(await readEchoMark("wan1-1", folder)).toBeNull();
  write(0x19450425, 2, 12);
  expect(await readEchoMark("wan1-1", folder)).toBeNull();
  write(0x12345678, 2);
  expect(await readEchoMark("wan1-1", folder)).toBeNull();
});
