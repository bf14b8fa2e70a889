import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createResolvConf } from "../../../src/resolver/resolv-conf.ts";

let folder: string;
let file: string;
const THEIRS = "nameserver 192.0.2.1\n";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "resolv-"));
  file = join(folder, "resolv.conf");
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (): string => readFileSync(file, "utf8");
const names = (): string[] => readdirSync(folder).sort();

describe("resolv.conf", () => {
  it("names us first while we answer, and is what it was afterwards", async () => {
    writeFileSync(file, THEIRS);
    await createResolvConf(file).claim();
    expect(read().match(/^nameserver .*/gm)).toEqual(["nameserver 127.0.0.1", "nameserver 192.0.2.1"]);
    await createResolvConf(file).release();
    expect([read(), names()]).toEqual([THEIRS, ["resolv.conf"]]);
  });

  it("survives a kill and a power cut: a second claim keeps the first one's original", async () => {
    writeFileSync(file, THEIRS);
    await createResolvConf(file).claim();
    const ours = read();
    await createResolvConf(file).claim();
    expect(read()).toBe(ours);
    await createResolvConf(file).release();
    expect(read()).toBe(THEIRS);
  });

  it("that is somebody's link comes back as that link, its target untouched", async () => {
    const target = join(folder, "stub-resolv.conf");
    writeFileSync(target, "nameserver 127.0.0.53\n");
    symlinkSync("stub-resolv.conf", file);
    const conf = createResolvConf(file);
    await conf.claim();
    expect(read()).toContain("nameserver 127.0.0.1\nnameserver 127.0.0.53\n");
    await conf.release();
    expect(readlinkSync(file)).toBe("stub-resolv.conf");
    expect(readFileSync(target, "utf8")).toBe("nameserver 127.0.0.53\n");
  });

  it("that a DHCP client has written meanwhile is theirs: put back after the next claim, left alone by a release", async () => {
    const conf = createResolvConf(file);
    await conf.claim();
    writeFileSync(file, THEIRS);
    await conf.claim();
    expect(read()).toContain("nameserver 127.0.0.1\nnameserver 192.0.2.1\n");
    writeFileSync(file, "nameserver 192.0.2.2\n");
    await conf.release();
    expect([read(), names()]).toEqual(["nameserver 192.0.2.2\n", ["resolv.conf"]]);
  });

  it("that did not exist does not exist afterwards; released twice, nothing happens", async () => {
    const conf = createResolvConf(file);
    await conf.claim();
    expect(read()).toContain("nameserver 127.0.0.1\n");
    await conf.release();
    await conf.release();
    expect(names()).toEqual([]);
  });
});
