import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createReconciler } from "../../../src/net/reconciler.ts";
import type { NetworkReconciler } from "../../../src/net/types.ts";
import { network, uplink, withIpv6 } from "./uplinks.ts";

let folder: string;
let reconciler: NetworkReconciler;
let notices: string[];

/** A stand-in that notes what it is told, and then does `rest`: what that is when it runs, not when it was started. */
function fake(name: string, rest: string): void {
  const lines = [
    "#!/bin/sh",
    // As if this nft could not be kept open, so that the sure way is taken, which is easy to watch.
    '[ "$1" = -i ] && exit 1',
    "input=$(cat)",
    `printf '%s %s\\n%s\\n' ${name} "$*" "$input" >>${folder}/log`,
    `. ${folder}/${name}.rest`,
  ];
  writeFileSync(join(folder, `${name}.rest`), rest);
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`, { mode: 0o755 });
}

/** What was run since the last call: program and the first word of interest. */
function ran(): string[] {
  const path = join(folder, "log");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  rmSync(path, { force: true });
  return text.split("\n").flatMap((line) => {
    const [, rule] = /^(?:rule|route) (add|del|replace|show) /.exec(`${line} `) ?? [];
    if (rule !== undefined) return [line.split(" ").slice(0, 2).join(" ")];
    if (/^(?:conntrack|ss) /.test(line)) return [line.trim()];
    return line.startsWith("table inet") ? ["table"] : line.startsWith("delete table") ? ["delete table"] : [];
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reconciler-"));
  notices = [];
  mkdirSync(join(folder, "net/ipv4"), { recursive: true });
  writeFileSync(join(folder, "net/ipv4/ip_forward"), "0\n");
  fake("ip", 'case "$*" in *-j*) echo "[]"; echo "[]";; esac');
  fake("nft", "exit 0");
  fake("conntrack", "echo '0 flow entries have been deleted.' >&2; exit 1");
  fake("ss", "exit 0");
  fake("unshare", "exit 1");
  reconciler = begin();
});

function begin(): NetworkReconciler {
  const names = ["ip", "nft", "conntrack", "ss", "unshare"] as const;
  const commands = Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<
    (typeof names)[number],
    string
  >;
  const onNotice = (text: string) => void notices.push(text);
  return createReconciler({
    sysctlFile: join(folder, "sysctl.json"),
    sysctlRoot: folder,
    interfaceRoot: folder,
    commands,
    onNotice,
  });
}

afterEach(async () => {
  await reconciler.close();
  rmSync(folder, { recursive: true });
});

const READ = ["rule show", "route show"];

describe("the reconciler", () => {
  it("makes routes and rules, then the pick chain; takes the pick chain down first, the rest in reverse", async () => {
    await reconciler.apply(network([1]));
    expect(ran()).toEqual([
      ...READ,
      ...["route replace", "route replace", "rule add", "rule add", "rule add"],
      ...["delete table", "table"],
    ]);
    await reconciler.apply(network([]));
    const taken = ran();
    expect(taken.slice(0, 2)).toEqual(["delete table", "table"]);
    const removed = ["rule del", "rule del", "rule del", "route del", "route del"];
    expect(taken.filter((entry) => entry.includes(" del"))).toEqual(removed);
    // Cutting the link's connections waits for none of that.
    expect(taken.filter((entry) => entry.startsWith("conntrack"))).toEqual([
      "conntrack -D -f ipv4 -m 0x00000100/0x0000ff00",
    ]);
    expect(taken).toContain("ss --tcp --numeric --no-header --kill src 10.0.1.2");
    expect(taken.length).toBe(2 + removed.length + 2);
  });

  it("tells `ip -6` what is about IPv6, where the kernel has it, and cuts its connections with the link", async () => {
    await reconciler.close();
    mkdirSync(join(folder, "net/ipv6/conf/all"), { recursive: true });
    reconciler = begin();
    const wanted = withIpv6([1], [1]);
    const uplinks = wanted.uplinks.map((link) => ({ ...link, address: "10.0.0.6" }));
    await reconciler.apply({ ...wanted, uplinks });
    const told = readFileSync(join(folder, "log"), "utf8");
    expect(told).toContain("\nrule add from 10.0.0.6 lookup 27001 ");
    const by6 = /^ip -6 -force -batch -\n((?:r.*\n)+)/m.exec(told)?.[1];
    expect(by6?.trim().split("\n")).toEqual([
      "route replace default dev ppp0 table 27001 metric 1024 proto 119",
      "route replace default dev ppp0 table 254 metric 20001 proto 119",
      "rule add from all lookup 254 suppress_prefixlength 0 pref 16999 protocol 119",
      "rule add from all fwmark 0x00000100/0x0000ff00 lookup 27001 pref 17001 protocol 119",
      "rule add from 2001:db8::1 lookup 27001 pref 17301 protocol 119",
    ]);
    const drift = await reconciler.verify(wanted);
    expect(drift).toContain("rule6 from 2001:db8::1 lookup 27001 pref 17301 protocol 119 is missing");
    // As the interface is down.
    expect(drift).not.toContainEqual(expect.stringContaining("route6"));
    await reconciler.apply({ ...wanted, uplinks });
    ran();
    await reconciler.apply({ ...network([]), lanPrefix: wanted.lanPrefix ?? "" });
    const cut = ran().filter((entry) => /^(?:conntrack|ss)/.test(entry));
    expect(cut.sort()).toEqual([
      "conntrack -D -f ipv4 -m 0x00000100/0x0000ff00",
      "conntrack -D -f ipv6 -m 0x00000100/0x0000ff00",
      "ss --tcp --numeric --no-header --kill src 10.0.0.6",
      "ss --tcp --numeric --no-header --kill src [2001:db8::1]",
    ]);
  });

  it("tells of a kernel that cannot end this computer's own connections, and goes on", async () => {
    await reconciler.apply(network([1]));
    fake("ss", "echo 'RTNETLINK answers: Operation not supported' >&2; exit 255");
    await reconciler.apply(network([]));
    expect(notices).toContainEqual(expect.stringContaining("connections from 10.0.1.2 could not be ended"));
  });

  it("does overlapping calls one after the other", async () => {
    await Promise.all([reconciler.apply(network([1])), reconciler.apply(network([])), reconciler.apply(network([]))]);
    const order = ran().filter((entry) => entry.startsWith("table") || entry.startsWith("conntrack"));
    expect(order).toEqual(["table", "table", "conntrack -D -f ipv4 -m 0x00000100/0x0000ff00", "table"]);
  });

  it("leaves the pick chain alone when a route is refused, and asks the kernel again the next time", async () => {
    fake(
      "ip",
      'case "$*" in *-j*) ;; *) echo "RTNETLINK answers: No buffer space" >&2; echo "Command failed -:1" >&2; exit 1;; esac',
    );
    await expect(reconciler.apply(network([1]))).rejects.toMatchObject({
      failure: { kind: "SystemRefused", message: expect.stringMatching(/default dev ppp0.*No buffer space/) },
    });
    expect(ran()).not.toContain("table");
    fake("ip", ":");
    await reconciler.apply(network([1]));
    expect(ran().slice(0, 2)).toEqual(READ);
  });

  it("tells the line that nft refused", async () => {
    fake("nft", "printf '/dev/stdin:3:1-5: Error: syntax error\\n  the line\\n  ^^^\\n' >&2; exit 1");
    await expect(reconciler.apply(network([1]))).rejects.toMatchObject({
      failure: { kind: "SystemRefused", message: expect.stringMatching(/syntax error the line$/), tried: "nft -f -" },
    });
  });

  it("goes on without an interface that vanished, says so, and asks the kernel the next time", async () => {
    fake(
      "ip",
      `case "$*" in *-j*) ;; *) echo 'Cannot find device "ppp0"' >&2; echo "Command failed -:1" >&2; exit 1;; esac`,
    );
    await reconciler.apply(network([1]));
    expect(ran()).toContain("table");
    expect(notices).toContainEqual(expect.stringMatching(/ppp0.*Cannot find device/));
    await reconciler.apply(network([1]));
    expect(ran().slice(0, 2)).toEqual(READ);
  });

  it("cuts connections later when conntrack failed at first", async () => {
    fake("conntrack", "echo 'Operation failed: not permitted' >&2; exit 1");
    await reconciler.apply(network([1]));
    await expect(reconciler.apply(network([]))).rejects.toMatchObject({
      failure: { kind: "SystemRefused", message: expect.stringMatching(/slot 1 .*not permitted/) },
    });
    fake("conntrack", "exit 0");
    ran();
    await reconciler.apply({ ...network([]), uplinks: [uplink(2)] });
    expect(ran().at(-1)).toBe("conntrack -D -f ipv4 -m 0x00000100/0x0000ff00");
  });

  it("restores what it can when a program is missing, and names that program", async () => {
    await reconciler.apply(network([1]));
    rmSync(join(folder, "nft"));
    ran();
    await expect(reconciler.restore()).rejects.toMatchObject({ failure: { kind: "ProgramMissing" } });
    expect(ran()).toEqual(READ);
    expect(readFileSync(join(folder, "net/ipv4/ip_forward"), "utf8").trim()).toBe("0");
  });

  it("removes a killed agent's leftovers", async () => {
    const rules =
      '[{"priority":17001,"src":"all","fwmark":"0x100","fwmask":"0xff00","table":"27001","protocol":"119"},{"priority":17301,"src":"10.0.1.2","table":"27001","protocol":"119"}]';
    const routes = '[{"dst":"default","dev":"ppp0","table":"27001"}]';
    fake("ip", `case "$*" in *-j*) echo '${rules}'; echo '${routes}';; esac`);
    await reconciler.restore();
    expect(ran()).toEqual([
      "delete table",
      ...READ,
      ...["rule del", "rule del", "route del"],
      "conntrack -D -f ipv4 -m 0x00000100/0x0000ff00",
    ]);
  });

  it("tells how the kernel differs, reads it only, and asks it again at the next apply", async () => {
    await reconciler.apply(network([1]));
    writeFileSync(join(folder, "net/ipv4/ip_forward"), "0\n");
    mkdirSync(join(folder, "ppp0"));
    writeFileSync(join(folder, "ppp0/flags"), "0x10d0\n");
    fake("nft", "echo 'Error: No such file or directory' >&2; exit 1");
    ran();
    expect(await reconciler.verify(network([1]))).toEqual([
      "table inet wanherd: the table is missing",
      expect.stringMatching(/^rule from all lookup 254 suppress_prefixlength 0 .* is missing$/),
      expect.stringMatching(/^rule from all fwmark .* is missing$/),
      expect.stringMatching(/^rule from 10.0.1.2 .* is missing$/),
      "net/ipv4/ip_forward is 0 instead of 1",
    ]);
    expect(ran()).toEqual(READ);
    // An interface that is up can have routes again.
    writeFileSync(join(folder, "ppp0/flags"), "0x10d1\n");
    expect(await reconciler.verify(network([1]))).toContainEqual(
      expect.stringMatching(/^route default dev ppp0 .*missing$/),
    );
    fake("nft", "exit 0");
    ran();
    await reconciler.apply(network([1]));
    expect(ran().slice(0, 2)).toEqual(READ);
  });

  it("has nothing to tell of a kernel that it is changing meanwhile", async () => {
    await reconciler.apply(network([1]));
    fake("nft", "echo 'Error: No such file or directory' >&2; exit 1");
    const looked = reconciler.verify(network([1]));
    fake("nft", "exit 0");
    await reconciler.apply(network([1, 1]));
    expect(await looked).toEqual([]);
  });

  it("does not take an interface that is vanishing, and has no MTU any more, for a table that somebody has changed", async () => {
    mkdirSync(join(folder, "ppp0"));
    writeFileSync(join(folder, "ppp0/mtu"), "1400\n");
    await reconciler.apply(network([1]));
    rmSync(join(folder, "ppp0"), { recursive: true });
    ran();
    await reconciler.verify(network([1]));
    const asked = readFileSync(join(folder, "log"), "utf8");
    expect(asked.split("unshare ")[1]).toContain("size set 1360");
  });

  it("does not take a kernel that it cannot read for one that has drifted", async () => {
    await reconciler.apply(network([1]));
    fake("nft", "echo 'Error: Operation not permitted' >&2; exit 1");
    await expect(reconciler.verify(network([1]))).rejects.toMatchObject({
      failure: { kind: "SystemRefused", message: expect.stringContaining("not permitted") },
    });
  });

  it("refuses a malformed network before anything is run", async () => {
    await expect(reconciler.apply({ ...network([]), lan: 'x" ; flush ruleset' })).rejects.toThrow(/malformed/);
    expect(ran()).toEqual([]);
  });
});
