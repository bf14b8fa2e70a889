import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ARCHITECTURES } from "../../packaging/architectures.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { makeDisk } from "../bus/guest/disk.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { InstalledBox, isHotspot, makePackage, PACKAGE_FOLDER } from "../bus/installed-box.ts";

// A machine of its own: it needs systemd as process 1, and a disk. A boot, an installation and a dial may come together in one.
vi.setConfig({ testTimeout: 400_000 });

const DISK = join(projectRoot(), PACKAGE_FOLDER, "disk.img");
const [FIRST, NEXT] = ["0.1.0", "0.1.1"];

let box: InstalledBox;
let filesBefore: string;
let networkBefore: string;

beforeAll(async () => {
  await mkdir(join(projectRoot(), PACKAGE_FOLDER), { recursive: true });
  for (const version of [FIRST, NEXT]) await makePackage("amd64", version);
  await makeDisk(DISK);
  box = await InstalledBox.boot(DISK);
}, 400_000);

afterAll(async () => {
  await box?.guest.close();
  await rm(DISK, { force: true });
});

const shell = (script: string): Promise<string> => box.shell(script);
const network = (): Promise<string> =>
  shell(
    "nft list ruleset; ip -4 rule show; ip -4 route show table all; sysctl net.ipv4.ip_forward; cat /etc/resolv.conf",
  );

/** What doctor says of the service, and what mends it. */
const doctorOnService = (): Promise<string> => shell("wanherd doctor | grep -A1 service | grep -E 'service|→'");

/** Every file of the system but the kernel's own, dpkg's and systemd's notes, and what programs keep of their own work. */
function files(): Promise<string> {
  const own = ["/var/log", "/var/lib/dpkg", "/var/lib/systemd", "/var/cache", "/run/systemd", "/run/udev", "/run/log"];
  // The last one is pppd's own.
  const others = [
    "/run/credentials",
    "/run/netns",
    "/etc/netns",
    "/wanherd",
    "/etc/.pwd.lock",
    "/etc/ppp/resolv.conf",
    "/var/lib/usb_modeswitch",
  ];
  const pruned = [...own, ...others].map((path) => `-path ${path}`).join(" -o ");
  return shell(`find / /run -xdev \\( ${pruned} \\) -prune -o -print | grep -v '^/\\(tmp\\|var/tmp\\)/' | sort -u`);
}

test.each(["arm64", "armhf"] as const)(
  "the package for %s holds native modules of its own, and no others",
  async (architecture) => {
    const deb = await makePackage(architecture, FIRST);
    const unpacked = join(projectRoot(), PACKAGE_FOLDER, architecture);
    await execa("dpkg-deb", ["-x", deb, unpacked]);
    const modules = (await readdir(unpacked, { recursive: true })).filter((file) => file.endsWith(".node"));
    expect(modules).toHaveLength(2);
    for (const file of modules) {
      const header = await readFile(join(unpacked, file));
      expect([header.subarray(0, 4).toString("latin1"), header.readUInt16LE(18)], file).toEqual([
        "\x7fELF",
        ARCHITECTURES[architecture].elfMachine,
      ]);
    }
    await rm(unpacked, { recursive: true });
  },
);

test("installed with a stick in its port, it is a hotspot with no further command", async () => {
  filesBefore = await files();
  networkBefore = await network();
  await box.bus.plug(box.bus.port(1), zteMf102());
  await box.install(FIRST);
  await box.bus.plug(box.bus.port(3), rt2500usb());
  await box.until("a hotspot", isHotspot);
  expect(await shell("systemctl is-active wanherd; stat -c '%a %G' /run/wanherd/agent.sock; wanherd --version")).toBe(
    `active\n660 wanherd\n${FIRST}`,
  );
  expect(await doctorOnService()).toBe("ok    service: active");
  const { downloads } = await box.bus.download({ connections: 2, bytes: 20_000 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
});

test("it may do what it needs and little more: systemd rates its exposure 4 or less", async () => {
  const rating = await shell("systemd-analyze security --no-pager wanherd | tail -1");
  expect(Number(/(\d+\.\d+)/.exec(rating)?.[1]), rating).toBeLessThanOrEqual(4);
  const journal = await shell("wanherd events --topic agent,network");
  expect(journal).not.toMatch(/EPERM|EACCES|not permitted|Permission denied/i);
});

test("an upgrade under a download loses not a byte of it: the new version takes over the links", async () => {
  const [pid, pppd] = [await box.mainPid(), await shell("pidof pppd")];
  await box.bus.shape(1, { rateKbytes: 20 });
  const open = box.bus.download({ connections: 2, bytes: 400_000, patienceMs: 30_000 });
  await box.install(NEXT);
  await box.until("the new version", ({ agent }) => agent.version === NEXT);
  expect(await box.mainPid()).not.toBe(pid);
  expect(await shell("pidof pppd")).toBe(pppd);
  expect((await open).downloads.map(({ complete, error }) => ({ complete, error }))).toEqual([
    { complete: true, error: undefined },
    { complete: true, error: undefined },
  ]);
  await box.bus.shape(1, {});
});

test.each([
  ["killed", "kill -KILL $(systemctl show --property MainPID --value wanherd)"],
  ["reloaded", "systemctl reload wanherd"],
])("%s, it is another agent with the same links", async (_, command) => {
  const [pid, pppd] = [await box.mainPid(), await shell("pidof pppd")];
  await shell(command);
  await box.until("another agent", (status) => String(status.agent.pid) !== pid && isHotspot(status));
  expect(await shell("pidof pppd")).toBe(pppd);
});

test("an agent that is frozen is replaced by systemd's watchdog, and its links go on", async () => {
  const [pid, pppd] = [await box.mainPid(), await shell("pidof pppd")];
  await shell(`kill -STOP ${pid}`);
  await box.until("another agent", ({ agent }) => String(agent.pid) !== pid);
  expect(await shell("pidof pppd")).toBe(pppd);
  expect(await shell("systemctl show --property NRestarts --value wanherd")).not.toBe("0");
});

test("stopped, it leaves nothing that runs, and the network as it was; a storm of devices starts it once", async () => {
  await shell("systemctl stop wanherd");
  // Whatever the service started, and the agents before, is in the service's control group.
  expect(await shell("cat /sys/fs/cgroup/system.slice/wanherd.service/cgroup.procs 2>/dev/null")).toBe("");
  expect(await network()).toBe(networkBefore);
  expect(await doctorOnService()).toBe(
    "warn  the service does not run, and a modem is there\n      → systemctl start wanherd",
  );
  const trigger = "udevadm trigger --action=add --subsystem-match=usb";
  await shell(`for n in 1 2 3 4 5 6 7 8 9 10; do ${trigger}; done; udevadm settle`);
  await box.until("a hotspot", isHotspot);
  expect(await shell("pgrep -fc 'wanherd up$'")).toBe("1");
  expect(await shell("systemctl show --property NRestarts --value wanherd")).toBe("0");
});

test("the power fails while a stick is dialled: the next boot, with all in its ports, is whole and a hotspot with no further command", async () => {
  await box.bus.plug(box.bus.port(2), plainModem());
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await box.cutPower();
  box = await InstalledBox.bootWith(DISK, { 1: zteMf102(), 2: plainModem(), 3: rt2500usb() });
  await box.until("a hotspot", (status) => isHotspot(status) && status.uplinks.length === 2);
  const { downloads } = await box.bus.download({ connections: 2, bytes: 20_000 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(await box.damage()).toBe("");
});

test("the power fails for good: removed, it leaves its config and its journal, and the network as it was; purged, nothing", async () => {
  await box.cutPower();
  box = await InstalledBox.boot(DISK);
  expect(await shell("systemctl is-active wanherd")).toBe("inactive");
  await box.dpkg("--remove", "wanherd");
  expect(await shell("systemctl is-active wanherd; pidof pppd hostapd dnsmasq")).toBe("inactive");
  expect(await network()).toBe(networkBefore);
  expect(await shell("ls /etc/wanherd; ls -d /var/lib/wanherd; ls /usr/lib/wanherd /run/wanherd 2>/dev/null")).toBe(
    "wanherd.yaml\n/var/lib/wanherd",
  );
  await box.dpkg("--purge", "wanherd");
  const before = new Set(filesBefore.split("\n"));
  expect((await files()).split("\n").filter((file) => !before.has(file))).toEqual([]);
});

test("a server becomes a concentrator by one command: a service that is there again after a crash, and after a second such command; stopped, it leaves the network as it was", async () => {
  const program = "node /wanherd/dist/wanherd.js";
  const settings = "nft list tables; sysctl net.ipv4.tcp_wmem net.ipv4.tcp_congestion_control net.mptcp.stale_loss_cnt";
  const before = await shell(settings);
  const serves = "for n in $(seq 60); do ss -Hltn 'sport = :7119' | grep -q . && echo serves && break; sleep 1; done";
  const pid = "systemctl show --property MainPID --value wanherd-concentrator";
  expect(await shell(`${program} concentrator setup`)).toContain("wanherd-concentrator.service runs");
  expect(await shell(`${serves}; systemctl is-enabled wanherd-concentrator`)).toBe("serves\nenabled");
  expect(await shell("nft list tables")).toContain("wanherd_concentrator");
  const first = await shell(pid);
  await shell("systemctl kill --signal KILL wanherd-concentrator");
  expect(await shell(`sleep 3; ${serves}`)).toBe("serves");
  expect(await shell(pid)).not.toBe(first);
  const line = await shell(`${program} concentrator invite --host 203.0.113.7`);
  expect(line).toMatch(/^wanherd:1:203\.0\.113\.7:mptcp=7119:/);
  await shell(`${program} concentrator setup`);
  expect(await shell(serves)).toBe("serves");
  expect(await shell(`${program} concentrator invite --host 203.0.113.7`)).toBe(line);
  await shell("systemctl stop wanherd-concentrator");
  expect(await shell(settings)).toBe(before);
  expect(await shell("pgrep -ax ss-server | grep wanherd; ls /run/wanherd-concentrator 2>/dev/null")).toBe("");
});
