import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTraffic } from "../../../src/net/traffic.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "traffic-"));
});

afterEach(() => rmSync(root, { recursive: true }));

describe("all interfaces' traffic", () => {
  const HEADER = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

  it("is in one file, with or without a blank after the name's colon", async () => {
    const file = join(root, "dev");
    writeFileSync(
      file,
      `${HEADER}    lo: 1320 12 0 0 0 0 0 0 1320 12 0 0 0 0 0 0\nwan1-1_3:123456789012 9 0 0 0 0 0 0     7654 8 0 0 0 0 0 0\n`,
    );
    expect([...readTraffic(file)]).toEqual([
      ["lo", { rxBytes: 1320, txBytes: 1320 }],
      ["wan1-1_3", { rxBytes: 123456789012, txBytes: 7654 }],
    ]);
  });

  it("is read as far as some hundred interfaces go, and no further", async () => {
    const file = join(root, "dev");
    const line = (index: number): string => `wan${index}: 1${" 0".repeat(7)} 2${" 0".repeat(7)}\n`;
    writeFileSync(file, HEADER + Array.from({ length: 5_000 }, (_, index) => line(index)).join(""));
    const { size } = readTraffic(file);
    expect(size).toBeGreaterThan(100);
    expect(size).toBeLessThan(1_000);
  });

  it("is none where there is no such file, or another one", async () => {
    expect(readTraffic(join(root, "dev")).size).toBe(0);
    writeFileSync(join(root, "rx_bytes"), "123456789012\n");
    expect(readTraffic(join(root, "rx_bytes")).size).toBe(0);
  });
});
