import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { examine, renderFindings } from "../../../src/cli/doctor/examine.ts";
import { LEAST_NODE } from "../../../src/cli/doctor/node-version.ts";
import { installLine, missingPrograms } from "../../../src/cli/doctor/programs.ts";
import { systemProbe } from "../../../src/cli/doctor/system-probe.ts";
import type { Finding, Probe } from "../../../src/cli/doctor/types.ts";
import { plain } from "../../../src/cli/style.ts";
import type { ForwardBlock } from "../../../src/firewall/forward-blocks.ts";
import { hubPower } from "../../../src/power/budget.ts";
import type { HubPower } from "../../../src/power/types.ts";
import type { UnitState } from "../../../src/systemd/unit-state.ts";
import { ROOT, thesisHub } from "../power/consumers.ts";

const MODULES =
  "ppp_generic ppp_async nf_tables nft_ct nft_numgen nft_chain_nat nft_masq nf_conntrack option usb_wwan usbserial cdc_acm usb_storage";

const FILES = [
  "/dev/ppp",
  "/usr/lib/udev/rules.d/60-wanherd.rules",
  "/usr/share/usb_modeswitch/configPack.tar.gz",
  "/usr/share/mobile-broadband-provider-info/serviceproviders.xml",
  "/lib/firmware/regulatory.db",
];

const ACCESS_POINT = ["hostapd", "hostapd_cli", "iw"];

interface Machine {
  programs: string[];
  modules: string[] | null;
  capabilities: bigint;
  files: string[];
  processes: string[];
  blocks: readonly ForwardBlock[];
  hubs: readonly HubPower[];
  nameServer: "nobody" | "ours" | "other";
  hostapd: readonly (readonly string[])[];
  problems: readonly string[];
  isWanted: boolean;
  named: readonly string[];
  udevFolder: string | null;
  country: string | null;
  firmware: readonly { port: string; file: string }[];
  underVoltage: boolean | null;
  service: UnitState | null;
  clock: Awaited<ReturnType<Probe["clock"]>>;
  storage: Partial<Awaited<ReturnType<Probe["storage"]>>>;
  node: string;
  switches: Awaited<ReturnType<Probe["radioSwitches"]>>;
}

const RUNNING: UnitState = { file: "enabled", active: "active", sub: "running", result: "success", restarts: 0 };
const AT_FIRST_STICK: UnitState = { ...RUNNING, file: "disabled", active: "inactive", sub: "dead" };
const CLOCK = { now: new Date("2026-01-05T14:00:00Z"), built: new Date("2026-01-01T00:00:00Z"), synchronised: true };

/** A Debian machine on which all is well, with what differs. */
function machine(differs: Partial<Machine> = {}): Probe {
  const it: Machine = {
    programs: ["pppd", "nft", "ip", "udevadm", "conntrack", "setpriv", "dnsmasq", ...ACCESS_POINT],
    modules: MODULES.split(" "),
    capabilities: 0x1ffffffffffn,
    files: [...FILES],
    processes: ["systemd", "systemd-udevd"],
    blocks: [],
    hubs: hubPower(thesisHub(), ROOT, { "1-1": 2000 }),
    nameServer: "nobody",
    hostapd: [["hostapd", "/run/wanherd/hostapd/wlan0.conf"]],
    problems: [],
    isWanted: true,
    named: [],
    udevFolder: "/opt/wanherd/udev",
    country: "SE",
    firmware: [],
    underVoltage: null,
    service: RUNNING,
    clock: CLOCK,
    storage: {},
    node: "20.19.2",
    switches: [{ name: "phy0", type: "wlan", soft: false, hard: false }],
    ...differs,
  };
  return {
    findProgram: async (name) => (it.programs.includes(name) ? `/usr/sbin/${name}` : null),
    kernelModules: async () => (it.modules === null ? null : new Set(it.modules)),
    capabilities: async () => it.capabilities,
    exists: async (path) => it.files.includes(path),
    list: async (folder) =>
      it.files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1)),
    processNames: async () => new Set(it.processes),
    forwardBlocks: async () => ({ lan: "lan-br", blocks: it.blocks }),
    hubs: async () => it.hubs,
    nameServer: async () => it.nameServer,
    commandLines: async (name) => (name === "hostapd" ? it.hostapd : []),
    configuration: async () => ({
      problems: it.problems,
      accessPoint: { enabled: it.isWanted, country: it.country },
      named: it.named,
    }),
    udevFolder: async () => it.udevFolder,
    firmwareLacking: async () => it.firmware,
    underVoltage: async () => it.underVoltage,
    service: async () => it.service,
    clock: async () => it.clock,
    storage: async () => ({
      ...{ directory: "/var/lib/wanherd", isReadOnly: false, freeBytes: 4e9, freeFiles: 200_000 },
      ...it.storage,
    }),
    nodeVersion: async () => it.node,
    radioSwitches: async () => it.switches,
  };
}

const troubles = async (differs: Partial<Machine>): Promise<readonly Finding[]> =>
  (await examine(machine(differs))).filter(({ level }) => level !== "ok");

describe("wanherd doctor", () => {
  it("finds a fit machine fit", async () => {
    const findings = await examine(machine());
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(renderFindings(findings, plain)).toMatch(/\nAll is well\.\n$/);
  });

  it.each<[string, Partial<Machine>, "warn" | "fail", string, string]>([
    [
      "a hostapd of others",
      { hostapd: [["hostapd", "/etc/hostapd.conf"]] },
      "warn",
      "another hostapd",
      "disable --now hostapd",
    ],
    ["a country", { country: null }, "warn", "no country is set", "accessPoint: { country: SE }"],
    [
      "a mistake in the config",
      { problems: ["w.yaml:3: apn: expected text"] },
      "fail",
      "w.yaml:3",
      "correct that line",
    ],
    [
      "firmware of a known package",
      { firmware: [{ port: "1-1.3", file: "ath9k_htc/htc_9271-1.4.0.fw" }] },
      "warn",
      "the device in 1-1.3 needs ath9k_htc/htc_9271-1.4.0.fw",
      "apt install firmware-ath9k-htc",
    ],
    ["firmware of no known package", { firmware: [{ port: "1-2", file: "x.bin" }] }, "warn", "needs x.bin", "apt-file"],
    ["a Pi's voltage", { underVoltage: true }, "warn", "voltage is too low", "a stronger supply"],
    [
      "what makes an access point",
      { programs: ["pppd", "nft", "ip", "udevadm", "conntrack", "setpriv", "dnsmasq", "iw"] },
      "warn",
      "no program hostapd, hostapd_cli",
      "apt install hostapd",
    ],
    [
      "pppd",
      { programs: ["nft", "ip", "udevadm", "conntrack", "setpriv", "dnsmasq", ...ACCESS_POINT] },
      "fail",
      "pppd is missing",
      "apt install ppp",
    ],
    [
      "nft",
      { programs: ["pppd", "ip", "udevadm", "conntrack", "setpriv", "dnsmasq", ...ACCESS_POINT] },
      "fail",
      "nft is missing",
      "apt install nftables",
    ],
    [
      "nft_numgen",
      { modules: MODULES.split(" ").filter((name) => name !== "nft_numgen") },
      "fail",
      "nft_numgen",
      "kernel",
    ],
    ["option", { modules: MODULES.split(" ").filter((name) => name !== "option") }, "warn", "option", "kernel"],
    ["a list of modules", { modules: null }, "warn", "no list", "reboot"],
    [
      "dnsmasq",
      { programs: ["pppd", "nft", "ip", "udevadm", "conntrack", "setpriv", ...ACCESS_POINT] },
      "warn",
      "dnsmasq is missing",
      "apt install dnsmasq-base",
    ],
    [
      "a free port 53",
      { nameServer: "other" },
      "warn",
      "another name server listens on port 53",
      "dns: { enabled: false }",
    ],
    [
      "a service that starts for what is no USB device",
      { service: AT_FIRST_STICK, named: ["eth0", "wlan0"] },
      "warn",
      "the service is not enabled: until the first USB device is plugged in nothing uses eth0, wlan0",
      "systemctl enable --now wanherd",
    ],
    [
      "a service that runs while a modem is there",
      { service: AT_FIRST_STICK, files: [...FILES, "/dev/wanherd/1-1.3"] },
      "warn",
      "the service does not run, and a modem is there",
      "systemctl start wanherd",
    ],
    [
      "a service that runs",
      { service: { ...RUNNING, active: "inactive", sub: "dead" } },
      "warn",
      "the service does not run",
      "systemctl start wanherd",
    ],
    [
      "a service that anybody may start",
      { service: { ...RUNNING, file: "masked", active: "inactive" } },
      "fail",
      "the service is masked",
      "systemctl unmask wanherd",
    ],
    [
      "a service that has not failed",
      { service: { ...RUNNING, active: "failed", sub: "failed", result: "exit-code" } },
      "fail",
      "the service has failed (exit-code)",
      "journalctl -u wanherd",
    ],
    [
      "a service that stays",
      { service: { ...RUNNING, active: "activating", sub: "auto-restart", result: "watchdog", restarts: 17 } },
      "fail",
      "ends again and again (watchdog, 17 restarts)",
      "systemctl restart wanherd",
    ],
    [
      "a clock that was set",
      { clock: { ...CLOCK, now: new Date(0), synchronised: false } },
      "warn",
      "the clock says 1970-01-01, and this program was made on 2026-01-01",
      "date -s",
    ],
    [
      "a time server",
      { clock: { ...CLOCK, synchronised: false } },
      "warn",
      "no time server has set the clock yet",
      "timedatectl set-ntp true",
    ],
    [
      "room on the disk",
      { storage: { freeBytes: 3_900_000 } },
      "warn",
      "the disk of /var/lib/wanherd has 3 MB left",
      "journalctl --vacuum-size",
    ],
    [
      "room for a file",
      { storage: { freeFiles: 0 } },
      "warn",
      "the disk of /var/lib/wanherd has no room for another file",
      "apt clean",
    ],
    [
      "a disk to write to",
      { storage: { directory: "/data", isReadOnly: true, freeBytes: 0 } },
      "warn",
      "the disk of /data is read-only",
      "findmnt -T /data",
    ],
    ["a new Node", { node: "18.19.0" }, "fail", "Node 18.19.0 is too old: 20.19 at least", "apt install nodejs"],
    ["a Node of that year", { node: "20.9.0" }, "fail", "Node 20.9.0 is too old", "nodejs.org"],
    [
      "a radio that is switched on",
      { switches: [{ name: "phy0", type: "wlan", soft: true, hard: false }] },
      "warn",
      "the WiFi radio phy0 is switched off by software",
      "rfkill unblock wlan",
    ],
    [
      "a switch that is on",
      { switches: [{ name: "modem0", type: "wwan", soft: true, hard: true }] },
      "warn",
      "the modem's radio modem0 is switched off by a switch or key",
      "use that switch or key",
    ],
    ["rights", { capabilities: 0x1ffffffffffn ^ (1n << 12n) }, "fail", "no permission", "root"],
  ])("names %s where it is missing, and what mends it", async (_, differs, level, text, mend) => {
    const found = await troubles(differs);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ level, text: expect.stringContaining(text), mend: expect.stringContaining(mend) });
  });

  it.each<[string, Partial<Machine>]>([
    ["no service, as somebody runs it by hand", { service: null }],
    ["a service that the first stick starts", { service: AT_FIRST_STICK }],
    ["a service that the first stick has started", { service: { ...RUNNING, file: "disabled" } }],
    ["a service that is being started", { service: { ...RUNNING, active: "activating", sub: "start" } }],
    ["a clock of which nobody can tell who sets it", { clock: { ...CLOCK, built: null, synchronised: null } }],
    ["a disk that does not say what it has left", { storage: { freeBytes: null, freeFiles: null } }],
    ["a newer Node", { node: "22.3.0" }],
    ["Bluetooth that is switched off", { switches: [{ name: "hci0", type: "bluetooth", soft: true, hard: false }] }],
  ])("has nothing to say against %s", async (_, differs) => {
    expect(await troubles(differs)).toEqual([]);
  });

  it("lets WiFi be switched off where no access point is wanted", async () => {
    const switches = [{ name: "phy0", type: "wlan", soft: true, hard: false }];
    expect(await troubles({ isWanted: false, switches })).toEqual([]);
  });

  it("wants the Node that package.json wants", () => {
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    expect(engines.node).toBe(`>=${LEAST_NODE}`);
  });

  it("looks at the machine that it runs on without a fault", async () => {
    const { isReadOnly, freeBytes } = await systemProbe.storage();
    expect([isReadOnly, (freeBytes ?? 0) > 0]).toEqual([false, true]);
    expect(await systemProbe.nodeVersion()).toMatch(/^[0-9]+\.[0-9]+\./);
    const { now, built } = await systemProbe.clock();
    expect(now.getTime()).toBeGreaterThan(built?.getTime() ?? 0);
    expect(Array.isArray(await systemProbe.radioSwitches())).toBe(true);
  });

  it("tells each missing file by what it is for", async () => {
    const found = await troubles({ files: [] });
    expect(found.map(({ level, text }) => `${level} ${text}`)).toEqual([
      "fail device /dev/ppp is missing",
      "fail the udev rules of wanherd are not installed: no modem gets its port names",
      "warn no database of storage-mode modems: only those in rules/ are switched",
      "warn no database of operators: the APN must be set in the config",
      "warn access point: no database of what countries allow: accessPoint.country cannot take effect",
    ]);
  });

  it("tells how our udev rules get there, wherever the program is, and that nothing starts the service without them", async () => {
    const [, ...files] = FILES.filter((file) => !file.endsWith(".rules"));
    const differs = { files: ["/dev/ppp", ...files], service: AT_FIRST_STICK };
    const found = await troubles(differs);
    expect(found.map(({ text }) => text)).toEqual([
      "the udev rules of wanherd are not installed: no modem gets its port names",
      "the service is not enabled: nothing starts it with this computer",
    ]);
    expect(found[0]?.mend).toMatch(/^cp \/opt\/wanherd\/udev\/\*\.rules \/etc\/udev\/rules\.d\/ && /);
    expect((await troubles({ ...differs, udevFolder: null }))[0]?.mend).toBe("apt install --reinstall wanherd");
    expect(await systemProbe.udevFolder()).toBe(join(process.cwd(), "udev"));
  });

  it("lets ModemManager run where our udev rules keep it off, and not where they are missing", async () => {
    expect(await troubles({ processes: ["ModemManager", "NetworkManager"] })).toEqual([]);
    const found = await troubles({ processes: ["ModemManager"], files: ["/dev/ppp"] });
    expect(found.map(({ text }) => text)).toContain("ModemManager runs and probes and dials modems too");
  });

  it("tells of wvdial and dhcpcd, which no udev rule keeps off", async () => {
    const found = await troubles({ processes: ["wvdial", "dhcpcd"] });
    expect(found.map(({ level }) => level)).toEqual(["fail", "warn"]);
  });

  it("names the firewall that lets nothing of the LAN through, and what mends it", async () => {
    const block = { family: "ip", table: "filter", chain: "FORWARD", isDocker: true } as const;
    expect(await troubles({ blocks: [block] })).toEqual([
      {
        level: "fail",
        text: expect.stringMatching(/^Docker's firewall .* drops what lan-br's clients send/),
        mend: expect.stringContaining("iptables -I DOCKER-USER -i lan-br -j ACCEPT"),
      },
    ]);
  });

  it("warns of a hub that cannot feed what hangs on it", async () => {
    expect(await troubles({ hubs: hubPower(thesisHub(4), ROOT, { "1-1": 2000 }) })).toEqual([
      {
        level: "warn",
        text: "USB hub 1-1 is over-committed by 330 mA: 4 × ZTE MF102 at 500 mA and 3 × RT5370 at 110 mA are 2330 mA, and it has 2000 mA",
        mend: "use a hub with a stronger supply, or take something off it",
      },
    ]);
  });

  it("prints level, trouble and mend, and a verdict", async () => {
    const text = renderFindings(
      [
        { level: "ok", text: "program nft" },
        { level: "fail", text: "program pppd is missing", mend: "apt install ppp" },
      ],
      plain,
    );
    expect(text).toBe(
      "ok    program nft\nfail  program pppd is missing\n      → apt install ppp\n\n1 to mend before the agent can work, 0 to look at.\n",
    );
  });

  it("gives one line that installs all missing programs", async () => {
    const missing = await missingPrograms(machine({ programs: ["ip", "udevadm", "conntrack", "setpriv"] }));
    expect(installLine(missing)).toBe("apt install ppp nftables");
  });
});
