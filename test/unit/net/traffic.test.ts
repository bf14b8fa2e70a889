import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTraffic } from "../../../src/net/traffic.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "traffic-"));
  mkdirSync(join(root, "ppp0/statistics"), { recursive: true });
  writeFileSync(join(root, "ppp0/statistics/rx_bytes"), "123456789012\n");
  writeFileSync(join(root, "ppp0/statistics/tx_bytes"), "0\n");
});

afterEach(() => rmSync(root, { recursive: true }));

describe("an interface's traffic", () => {
  it("is what the kernel counted", async () => {
    expect(await readTraffic("ppp0", root)).toEqual({ rxBytes: 123456789012, txBytes: 0 });
  });

  it("is null when the interface is not there, or vanishes between the two files", async () => {
    expect(await readTraffic("ppp1", root)).toBeNull();
    rmSync(join(root, "ppp0/statistics/tx_bytes"));
    expect(await readTraffic("ppp0", root)).toBeNull();
  });

  it("is null for a name that is a path, and for what is no number", async () => {
    expect(await readTraffic("../ppp0", join(root, "ppp0"))).toBeNull();
    writeFileSync(join(root, "ppp0/statistics/rx_bytes"), "-1\n");
    expect(await readTraffic("ppp0", root)).toBeNull();
  });
});
