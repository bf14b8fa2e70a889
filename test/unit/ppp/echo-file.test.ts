import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EchoNotes, echoFileOf } from "../../../src/ppp/echo-file.ts";

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

it("the newest answer's index tells one answer from the next, through one open file", async () => {
  write(0x19450425, 0);
  const notes = new EchoNotes("wan1-1", folder);
  expect(notes.mark()).toBe(0);
  write(0x19450425, 2);
  expect(notes.mark()).toBe(2);
  notes.close();
  expect(notes.mark()).toBeNull();
});

it.each([
  ["no file", () => undefined],
  ["a short one", () => write(0x19450425, 2, 12)],
  ["one of another kind", () => write(0x12345678, 2)],
])("%s is no answer known", async (_, make) => {
  make();
  const notes = new EchoNotes("wan1-1", folder);
  expect(notes.mark()).toBeNull();
  notes.close();
});
