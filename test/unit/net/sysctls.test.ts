import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSysctls } from "../../../src/net/sysctls.ts";

let root: string;
let file: string;

function put(path: string, value: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), `${value}\n`);
}

function get(path: string): string {
  return readFileSync(join(root, path), "utf8").trim();
}

const FORWARD = "net/ipv4/ip_forward";
const EVENTS = "net/netfilter/nf_conntrack_events";
const REDIRECTS = "net/ipv4/conf/all/accept_redirects";
const rpFilter = (name: string) => `net/ipv4/conf/${name}/rp_filter`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sysctls-"));
  file = join(root, "run/wanherd/sysctl.json");
  put(FORWARD, "0");
  put(REDIRECTS, "1");
  put(rpFilter("ppp0"), "1");
  put(rpFilter("ppp1"), "0");
});

afterEach(() => rmSync(root, { recursive: true }));

describe("sysctls", () => {
  it("are changed while there is an uplink and put back in the end", async () => {
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0", "ppp1"]);
    expect([get(FORWARD), get(rpFilter("ppp0")), get(rpFilter("ppp1"))]).toEqual(["1", "2", "2"]);
    put(REDIRECTS, "0"); // as the kernel does when forwarding is turned on
    await sysctls.restore();
    expect([get(FORWARD), get(REDIRECTS), get(rpFilter("ppp0")), get(rpFilter("ppp1"))]).toEqual(["0", "1", "1", "0"]);
    expect(existsSync(file)).toBe(false);
  });

  it("have conntrack tell of ends while there is an uplink, and do without where the kernel's module has gone", async () => {
    put(EVENTS, "2");
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0"]);
    expect(get(EVENTS)).toBe("1");
    await sysctls.restore();
    expect(get(EVENTS)).toBe("2");
    await sysctls.enter(["ppp0"]);
    rmSync(join(root, "net/netfilter"), { recursive: true });
    await sysctls.restore();
    expect(get(FORWARD)).toBe("0");
  });

  it("that somebody changed are told, and those of an interface that vanished are not", async () => {
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0", "ppp1"]);
    expect(await sysctls.drift(["ppp0", "ppp1", "ppp9"])).toEqual([]);
    put(FORWARD, "0");
    put(rpFilter("ppp1"), "1");
    expect(await sysctls.drift(["ppp0", "ppp1"])).toEqual([
      `${FORWARD} is 0 instead of 1`,
      `${rpFilter("ppp1")} is 1 instead of 2`,
    ]);
    expect(await sysctls.drift([])).toEqual([]);
    await sysctls.enter(["ppp0", "ppp1"]);
    expect(await sysctls.drift(["ppp0", "ppp1"])).toEqual([]);
    await sysctls.restore();
    expect([get(FORWARD), get(rpFilter("ppp1"))]).toEqual(["0", "0"]);
  });

  it("are not touched without an uplink", async () => {
    const sysctls = createSysctls({ file, root });
    await sysctls.enter([]);
    expect(get(FORWARD)).toBe("0");
    expect(existsSync(file)).toBe(false);
  });

  it("are put back by another process after the first one was killed, with the values from before the first", async () => {
    await createSysctls({ file, root }).enter(["ppp0"]);
    const second = createSysctls({ file, root });
    await second.enter(["ppp0", "ppp1"]);
    await createSysctls({ file, root }).restore();
    expect([get(FORWARD), get(rpFilter("ppp0")), get(rpFilter("ppp1"))]).toEqual(["0", "1", "0"]);
  });

  it("of a link that left are put back at once; one that vanished does not matter", async () => {
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0", "ppp1"]);
    rmSync(join(root, "net/ipv4/conf/ppp1"), { recursive: true });
    await sysctls.enter([]);
    expect(get(rpFilter("ppp0"))).toBe("1");
    expect(get(FORWARD)).toBe("1");
    await sysctls.restore();
    expect(get(FORWARD)).toBe("0");
  });

  it("already as wanted are not recorded, so others may change them meanwhile", async () => {
    put(FORWARD, "1");
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0"]);
    put(FORWARD, "0");
    await sysctls.restore();
    expect(get(FORWARD)).toBe("0");
    expect(get(rpFilter("ppp0"))).toBe("1");
  });

  it("that no file of ours can name are never written", async () => {
    put("kernel/core_pattern", "core");
    const forged = {
      "kernel/core_pattern": "1",
      "net/ipv4/conf/../../../kernel/core_pattern/rp_filter": "1",
      "net/ipv4/conf/all/rp_filter": "0",
      [FORWARD]: "1; 2",
    };
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify(forged));
    await createSysctls({ file, root }).restore();
    expect([get("kernel/core_pattern"), get(FORWARD)]).toEqual(["core", "0"]);
    expect(existsSync(join(root, "net/ipv4/conf/all/rp_filter"))).toBe(false);
  });

  it("survive a file that is no JSON", async () => {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "{torn");
    const sysctls = createSysctls({ file, root });
    await sysctls.enter(["ppp0"]);
    await sysctls.restore();
    expect(get(rpFilter("ppp0"))).toBe("1");
  });
});
