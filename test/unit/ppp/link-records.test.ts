import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { type LinkRecord, LinkRecords } from "../../../src/ppp/link-records.ts";

const PORT = "1-1.3" as PortPath;
const RECORD: LinkRecord = {
  port: PORT,
  pid: 4711,
  startTime: "123456",
  link: { interface: "wan1-1_3", address: "10.64.0.2", peer: null, dns: ["10.0.0.1"] },
  ports: { at: "/dev/wanherd/1-1.3/if01", data: "/dev/wanherd/1-1.3/if0a" },
  facts: { manufacturer: "ZTE", model: null, imei: "1", imsi: "2", iccid: "3" },
  apn: "",
};

let folder: string;
let records: LinkRecords;
const file = () => join(folder, "link-wan1-1_3.json");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "records-"));
  records = new LinkRecords(folder);
});

afterAll(() => rm(folder, { recursive: true }));

describe("records of links that are up", () => {
  it("come back as they were written, for root's eyes alone, until they are removed", async () => {
    expect(await records.read(PORT)).toBeNull();
    await records.write(RECORD);
    expect(await records.read(PORT)).toEqual(RECORD);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    await records.keepOnly([PORT]);
    expect(await records.read(PORT)).toEqual(RECORD);
    await records.keepOnly([]);
    await records.remove(PORT);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, object]>([
    ["another port's", { port: "1-2" }],
    ["an interface that is not this port's", { link: { ...RECORD.link, interface: "eth0" } }],
    ["a tty that is not this port's", { ports: { ...RECORD.ports, at: "/dev/wanherd/1-1.3/../../sda" } }],
    ["an address that is none", { link: { ...RECORD.link, address: "10.64.0.2; reboot" } }],
    ["init's process id", { pid: 1 }],
    ["a group of processes", { pid: -4711 }],
    ["a long APN", { apn: "x".repeat(101) }],
    ["something that we do not write", { password: "secret" }],
  ])("with %s are none", async (_, change) => {
    await writeFile(file(), JSON.stringify({ ...RECORD, ...change }));
    expect(await records.read(PORT)).toBeNull();
  });

  it("never throw, whatever is in their place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await writeFile(file(), text);
        expect(await records.read(PORT)).toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});
