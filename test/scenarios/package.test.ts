import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/inspector/types.ts";
import { Bus } from "../bus/bus.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { bootGuest } from "../bus/guest/boot.ts";
import { makeDisk } from "../bus/guest/disk.ts";
import type { Guest } from "../bus/guest/guest.ts";
import { projectRoot } from "../bus/guest/project-root.ts";

// A machine of its own, with systemd as process 1 and a disk that outlives its boots.
const FOLDER = "test-artefacts/package";
const DISK = join(projectRoot(), FOLDER, "disk.img");
const [FIRST, NEXT] = ["0.1.0", "0.1.1"];

let guest: Guest;
let bus: Bus;
let filesBefore: string;
let networkBefore: string;

beforeAll(async () => {
  await mkdir(join(projectRoot(), FOLDER), { recursive: true });
  const make = ["dist/package.js", "--arch", "amd64", "--out", FOLDER, "--package-version"];
  for (const version of [FIRST, NEXT]) await execa("node", [...make, version], { cwd: projectRoot() });
  await makeDisk(DISK);
  await boot();
}, 400_000);

afterAll(async () => {
  await guest?.close();
  await rm(DISK, { force: true });
});

async function boot(): Promise<void> {
  guest = await bootGuest({ init: "systemd", memoryMiB: 2_048, disk: DISK });
  bus = new Bus(guest);
  await bus.setup({ carriers: [1, 2] });
}

async function shell(script: string): Promise<string> {
  return (await guest.exec(["sh", "-c", script], { mayFail: true, timeoutMs: 120_000 })).stdout.trim();
}

async function install(version: string): Promise<void> {
  await guest.exec(["dpkg", "-i", `/wanherd/${FOLDER}/wanherd_${version}_amd64.deb`], { timeoutMs: 120_000 });
}

async function untilStatus(what: string, wanted: (status: Status) => boolean, timeoutMs = 120_000): Promise<Status> {
  const end = Date.now() + timeoutMs;
  let last: Status | null = null;
  while (Date.now() < end) {
    last = ((await bus.status().catch(() => null)) as Status | null) ?? last;
    if (last !== null && wanted(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const log = await shell("journalctl -u wanherd -n 60 --no-pager");
  throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${JSON.stringify(last)}\n${log}`);
}

const isHotspot = ({ uplinks, accessPoint }: Status): boolean =>
  uplinks.some(({ health }) => health === "good") && (accessPoint?.radios ?? []).length > 0;

const mainPid = (): Promise<string> => shell("systemctl show --property MainPID --value wanherd");
const network = (): Promise<string> =>
  shell(
    "nft list ruleset; ip -4 rule show; ip -4 route show table all; sysctl net.ipv4.ip_forward; cat /etc/resolv.conf",
  );

/** Every file of the system but the kernel's own, dpkg's and systemd's notes, and what programs keep of their own work. */
function files(): Promise<string> {
  const own = ["/var/log", "/var/lib/dpkg", "/var/lib/systemd", "/var/cache", "/run/systemd", "/run/udev", "/run/log"];
  const others = ["/run/credentials", "/run/netns", "/wanherd", "/etc/.pwd.lock", "/var/lib/usb_modeswitch"];
  const pruned = [...own, ...others].map((path) => `-path ${path}`).join(" -o ");
  return shell(`find / /run -xdev \\( ${pruned} \\) -prune -o -print | grep -v '^/\\(tmp\\|var/tmp\\)/' | sort -u`);
}

test("installed with a stick in its port, it is a hotspot with no further command", async () => {
  filesBefore = await files();
  networkBefore = await network();
  await bus.plug(bus.port(1), zteMf102());
  await install(FIRST);
  await bus.plug(bus.port(3), rt2500usb());
  await untilStatus("a hotspot", isHotspot);
  expect(await shell("systemctl is-active wanherd; stat -c '%a %G' /run/wanherd/agent.sock; wanherd --version")).toBe(
    `active\n660 wanherd\n${FIRST}`,
  );
  const { downloads } = await bus.download({ connections: 2, bytes: 20_000 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
});

test("it may do what it needs and little more: systemd rates its exposure 4 or less", async () => {
  const rating = await shell("systemd-analyze security --no-pager wanherd | tail -1");
  expect(Number(/(\d+\.\d+)/.exec(rating)?.[1]), rating).toBeLessThanOrEqual(4);
  const journal = await shell("wanherd events --topic agent,network");
  expect(journal).not.toMatch(/EPERM|EACCES|not permitted|Permission denied/i);
});

test("an upgrade under a download loses not a byte of it: the new version takes over the links", async () => {
  const [pid, pppd] = [await mainPid(), await shell("pidof pppd")];
  await bus.shape(1, { rateKbytes: 20 });
  const open = bus.download({ connections: 2, bytes: 400_000, patienceMs: 30_000 });
  await install(NEXT);
  await untilStatus("the new version", ({ agent }) => agent.version === NEXT);
  expect(await mainPid()).not.toBe(pid);
  expect(await shell("pidof pppd")).toBe(pppd);
  expect((await open).downloads.map(({ complete, error }) => ({ complete, error }))).toEqual([
    { complete: true, error: undefined },
    { complete: true, error: undefined },
  ]);
  await bus.shape(1, {});
});

test("an agent that is frozen is replaced by systemd's watchdog, and its links go on", async () => {
  const [pid, pppd] = [await mainPid(), await shell("pidof pppd")];
  await shell(`kill -STOP ${pid}`);
  await untilStatus("another agent", ({ agent }) => String(agent.pid) !== pid);
  expect(await shell("pidof pppd")).toBe(pppd);
  expect(await shell("systemctl show --property NRestarts --value wanherd")).not.toBe("0");
});

test("a storm of devices starts it once", async () => {
  await shell("systemctl stop wanherd");
  await shell(
    "for n in 1 2 3 4 5 6 7 8 9 10; do udevadm trigger --action=add --subsystem-match=usb; done; udevadm settle",
  );
  await untilStatus("a hotspot", isHotspot);
  expect((await shell("pgrep -fc 'wanherd up$'")).split("\n")).toEqual(["1"]);
  expect(await shell("systemctl show --property NRestarts --value wanherd")).toBe("0");
});

test("the power fails in the middle of things, twice: the next boot is whole, and a stick makes it a hotspot again", async () => {
  for (const afterMs of [700, 4_000]) {
    await bus.plug(bus.port(2), plainModem());
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await guest.close();
    await boot();
    expect(await shell("systemctl is-active wanherd")).toBe("inactive");
    await bus.plug(bus.port(1), zteMf102());
    await bus.plug(bus.port(3), rt2500usb());
    await untilStatus("a hotspot", isHotspot);
    // What was written before the cut can be read, and what follows it.
    expect(
      await shell(
        "wanherd events --from 2000-01-01T00:00 --json | node -e '" +
          'require("node:fs").readFileSync(0, "utf8").trim().split("\\n").forEach((line) => JSON.parse(line)); console.log("whole")' +
          "'",
      ),
    ).toBe("whole");
    expect(
      await shell(
        "find /var/lib/wanherd -name '*.json' -exec node -e 'JSON.parse(require(\"node:fs\").readFileSync(process.argv[1]))' {} \\; 2>&1",
      ),
    ).toBe("");
  }
}, 400_000);

test("removed, it leaves its config and its journal, and the network as it was; purged, nothing", async () => {
  await guest.exec(["dpkg", "--remove", "wanherd"], { timeoutMs: 120_000 });
  expect(await shell("systemctl is-active wanherd; pidof pppd hostapd dnsmasq")).toBe("inactive");
  expect(await network()).toBe(networkBefore);
  expect(await shell("ls /etc/wanherd; ls -d /var/lib/wanherd; ls /usr/lib/wanherd /run/wanherd 2>/dev/null")).toBe(
    "wanherd.yaml\n/var/lib/wanherd",
  );
  await guest.exec(["dpkg", "--purge", "wanherd"], { timeoutMs: 120_000 });
  const before = new Set(filesBefore.split("\n"));
  expect((await files()).split("\n").filter((file) => !before.has(file))).toEqual([]);
});
