import { constants } from "node:fs";
import { access, readdir, readFile, stat, statfs } from "node:fs/promises";
import { release } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { printable } from "../../../machines/failure.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { readHubs } from "../../power/read-hubs.ts";
import { ownDnsmasq, resolverFiles } from "../../resolver/resolver-files.ts";
import { isClockSynchronised, readUnitState } from "../../systemd/unit-state.ts";
import type { Probe } from "./types.ts";

/** Where the agent reads its config unless told otherwise. */
const CONFIG_FILE = "/etc/wanherd/wanherd.yaml";

const DEFAULT_STATE = "/var/lib/wanherd";

const HWMON = "/sys/class/hwmon";
const RFKILL = "/sys/class/rfkill";

/** Where Debian keeps a system's programs; an ordinary user's PATH leaves them out. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The machine we run on, seen through its file system. Programs are run that only tell: nft, systemctl, timedatectl. */
export const systemProbe: Probe = {
  async findProgram(name) {
    for (const folder of [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS]) {
      const path = join(folder, name);
      if (folder !== "" && (await isProgram(path))) return path;
    }
    return null;
  },

  async kernelModules() {
    const folder = join("/lib/modules", release());
    // modules.dep and modules.builtin list files such as kernel/drivers/net/ppp/ppp_async.ko.xz (modules.dep(5)).
    const lists = await Promise.all(["modules.dep", "modules.builtin"].map((name) => textOf(join(folder, name))));
    if (lists.every((list) => list === "")) return null;
    const loaded = (await textOf("/proc/modules")).split("\n").map((line) => line.split(" ")[0] ?? "");
    const listed = [...lists.join("\n").matchAll(/([^/\n]+)\.ko(?:\.[a-z0-9]+)?(?::.*)?$/gm)].map(
      (match) => match[1] ?? "",
    );
    return new Set([...loaded, ...listed].filter((name) => name !== "").map((name) => name.replaceAll("-", "_")));
  },

  async capabilities() {
    const line = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(await textOf("/proc/self/status"));
    return line?.[1] === undefined ? 0n : BigInt(`0x${line[1]}`);
  },

  async exists(path) {
    return (await stat(path).catch(() => null)) !== null;
  },

  list: namesIn,

  // The program is bundled into a folder beside it, or run from its sources.
  async udevFolder() {
    for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== "/"; folder = dirname(folder)) {
      const names = await namesIn(join(folder, "udev"));
      if (names.some((name) => name.endsWith(".rules"))) return join(folder, "udev");
    }
    return null;
  },

  async processNames() {
    const pids = (await namesIn("/proc")).filter((name) => /^[0-9]+$/.test(name));
    const names = await Promise.all(pids.map((pid) => textOf(`/proc/${pid}/comm`)));
    return new Set(names.map((name) => name.trim()));
  },

  async commandLines(name) {
    const pids = (await namesIn("/proc")).filter((each) => /^[0-9]+$/.test(each));
    const all = await Promise.all(
      pids.map(async (pid) =>
        (await textOf(`/proc/${pid}/comm`)).trim() === name ? textOf(`/proc/${pid}/cmdline`) : "",
      ),
    );
    return all.filter((line) => line !== "").map((line) => line.split("\0"));
  },

  async configuration() {
    const loaded = await readConfig();
    if ("config" in loaded) {
      const { accessPoint, uplinks } = loaded.config;
      return {
        problems: [],
        accessPoint,
        named: [...uplinks.map((each) => each.interface), ...accessPoint.interfaces],
      };
    }
    const { renderFileProblem } = await import("../../config/file-problem.ts");
    const accessPoint = { enabled: true, country: null };
    return { problems: loaded.problems.map(renderFileProblem), accessPoint, named: [] };
  },

  async firmwareLacking() {
    const { missingFirmware, readKernelLog } = await import("../../radio/kernel-log.ts");
    const ports = (await namesIn("/sys/bus/usb/devices")).filter((name) => /^[0-9]+-[0-9.]+$/.test(name));
    const lines = await readKernelLog();
    return ports.flatMap((port) => {
      const file = missingFirmware(lines, port);
      return file === null ? [] : [{ port, file }];
    });
  },

  // drivers/hwmon/raspberrypi-hwmon.c: the firmware's own alarm, as a lower critical limit of rpi_volt.
  async underVoltage() {
    for (const name of await namesIn(HWMON)) {
      if ((await textOf(join(HWMON, name, "name"))).trim() !== "rpi_volt") continue;
      return (await textOf(join(HWMON, name, "in0_lcrit_alarm"))).trim() === "1";
    }
    return null;
  },

  async forwardBlocks() {
    const loaded = await readConfig();
    const lan = "config" in loaded ? loaded.config.lan.bridge : "lan-br";
    const { findForwardBlocks } = await import("../../firewall/forward-blocks.ts");
    return { lan, blocks: await findForwardBlocks(lan) };
  },

  async hubs() {
    const loaded = await readConfig();
    return readHubs("/sys", "config" in loaded ? loaded.config.power.hubs : {});
  },

  async nameServer() {
    if (!PORT_53.test(await textOf("/proc/net/udp"))) return "nobody";
    return (await ownDnsmasq(resolverFiles())) === null ? "other" : "ours";
  },

  service: () => readUnitState("wanherd.service"),

  async clock() {
    const [file, synchronised] = await Promise.all([
      stat(fileURLToPath(import.meta.url)).catch(() => null),
      isClockSynchronised(),
    ]);
    // A package's files have the time of the last commit in it; npm's have one of 1985, and say nothing.
    return { now: new Date(), built: file?.mtime ?? null, synchronised };
  },

  async storage() {
    const loaded = await readConfig();
    const directory = "config" in loaded ? loaded.config.journal.directory : DEFAULT_STATE;
    const there = await nearestFolder(directory);
    const [disk, isReadOnly] = await Promise.all([statfs(there).catch(() => null), isReadOnlyDisk(there)]);
    return {
      directory,
      isReadOnly,
      freeBytes: disk === null ? null : disk.bavail * disk.bsize,
      freeFiles: disk === null || disk.files === 0 ? null : disk.ffree,
    };
  },

  nodeVersion: async () => process.versions.node,

  async radioSwitches() {
    const switches = (await namesIn(RFKILL)).filter((name) => /^rfkill[0-9]{1,6}$/.test(name));
    return Promise.all(
      switches.map(async (each) => {
        const files = ["name", "type", "soft", "hard"].map((file) => textOf(join(RFKILL, each, file)));
        const [name = "", type = "", soft, hard] = (await Promise.all(files)).map((text) => text.trim());
        return { name: printable(name, 32), type, soft: soft === "1", hard: hard === "1" };
      }),
    );
  },
};

/** Loaded when asked for, as what reads YAML and checks it is most of the program. */
async function readConfig(): Promise<LoadedConfig> {
  const { loadConfig } = await import("../../config/load-config.ts");
  return loadConfig(CONFIG_FILE);
}

/** proc(5), net/udp: local address and port in hexadecimal, as a little-endian machine has them; 127.0.0.1 or all. */
const PORT_53 = /^ *\d+: (?:0100007F|00000000):0035 /m;

/** The folder itself, or where it is not there yet, the one that it would be made in. */
async function nearestFolder(folder: string): Promise<string> {
  if (folder === "/" || (await stat(folder).catch(() => null)) !== null) return folder;
  return nearestFolder(dirname(folder));
}

/** access(2): EROFS comes before any question of rights. */
async function isReadOnlyDisk(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "EROFS",
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
