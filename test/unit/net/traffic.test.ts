import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAllTraffic, readTraffic } from "../../../src/net/traffic.ts";

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
    expect([...(await readAllTraffic(file))]).toEqual([
      ["lo", { rxBytes: 1320, txBytes: 1320 }],
      ["wan1-1_3", { rxBytes: 123456789012, txBytes: 7654 }],
    ]);
  });

  it("is none where there is no such file, or another one", async () => {
    expect((await readAllTraffic(join(root, "dev"))).size).toBe(0);
    expect((await readAllTraffic(join(root, "ppp0/statistics/rx_bytes"))).size).toBe(0);
  });
});
