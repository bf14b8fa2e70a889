import { execa } from "execa";
import type { Status } from "../../src/inspector/types.ts";
import { Bus } from "./bus.ts";
import type { Model } from "./devices/models/models.ts";
import { bootGuest, letSystemdBoot } from "./guest/boot.ts";
import type { Guest } from "./guest/guest.ts";
import { projectRoot } from "./guest/project-root.ts";

/** Of packages and disks, in the project's folder, which the guest sees as /wanherd. */
export const PACKAGE_FOLDER = "test-artefacts/package";
const LOOK_MS = 1_000;
const MEMORY_MIB = 2_048;
const CARRIERS = [1, 2];
/** Prints `whole` when each line of the whole journal is an entry. */
const READ_JOURNAL = `wanherd events --from 2000-01-01T00:00 --json | node -e '
  require("node:fs").readFileSync(0, "utf8").trim().split("\\n").forEach((line) => JSON.parse(line));
  console.log("whole");
'`;
/** Prints what is wrong with a file of JSON. */
const READ_FILES = `find /var/lib/wanherd -name '*.json' -exec node -e '
  JSON.parse(require("node:fs").readFileSync(process.argv[1]))' {} \\; 2>&1`;

/** Makes the package and resolves with its path on the host. */
export async function makePackage(architecture: string, version: string): Promise<string> {
  const options = ["--arch", architecture, "--out", PACKAGE_FOLDER, "--package-version", version];
  return (await execa("node", ["dist/package.js", ...options], { cwd: projectRoot() })).stdout;
}

/** A LAN with an uplink and a radio that serves it. */
export const isHotspot = ({ uplinks, accessPoint }: Status): boolean =>
  uplinks.some(({ health }) => health === "good") && (accessPoint?.radios ?? []).length > 0;

/** A guest with systemd as process 1 and a disk that outlives it (guest/disk.ts), for wanherd as people install it. */
export class InstalledBox {
  readonly guest: Guest;
  readonly bus: Bus;

  private constructor(guest: Guest) {
    this.guest = guest;
    this.bus = new Bus(guest);
  }

  /**
   * Boots it with empty ports; resolves when udev is through.
   * @param log hears what takes long.
   */
  static async boot(disk: string, log: (line: string) => void = () => {}): Promise<InstalledBox> {
    const box = new InstalledBox(await bootGuest({ init: "systemd", memoryMiB: MEMORY_MIB, disk, log }));
    await box.bus.setup({ carriers: CARRIERS });
    return box;
  }

  /**
   * Boots it as one finds it in a bus after the night: the kernel has found these devices before anything runs.
   * @param plugged what is in the ports, by their numbers.
   * @returns when systemd begins.
   */
  static async bootWith(
    disk: string,
    plugged: Readonly<Record<number, Model>>,
    log: (line: string) => void = () => {},
  ): Promise<InstalledBox> {
    const box = new InstalledBox(await bootGuest({ init: "devices first", memoryMiB: MEMORY_MIB, disk, log }));
    await box.bus.setup({ carriers: CARRIERS, drivers: false });
    for (const [number, model] of Object.entries(plugged)) {
      const port = box.bus.port(Number(number));
      await box.bus.plug(port, model);
      await box.guest.exec(["sh", "-c", `until [ -e /sys/bus/usb/devices/${port}:1.0 ]; do sleep 0.1; done`]);
    }
    await letSystemdBoot(box.guest);
    return box;
  }

  /** Nothing is told to end: what is not on the disk is lost. */
  cutPower(): Promise<void> {
    return this.guest.close();
  }

  async shell(script: string): Promise<string> {
    return (await this.guest.exec(["sh", "-c", script], { mayFail: true, timeoutMs: 120_000 })).stdout.trim();
  }

  /** @throws with what dpkg said. */
  async dpkg(...words: readonly string[]): Promise<void> {
    await this.guest.exec(["dpkg", ...words], { timeoutMs: 120_000 });
  }

  install(version: string): Promise<void> {
    return this.dpkg("-i", `/wanherd/${PACKAGE_FOLDER}/wanherd_${version}_amd64.deb`);
  }

  mainPid(): Promise<string> {
    return this.shell("systemctl show --property MainPID --value wanherd");
  }

  /** @throws after `timeoutMs`, with the last status and the service's log. */
  async until(what: string, wanted: (status: Status) => boolean, timeoutMs = 120_000): Promise<Status> {
    const end = Date.now() + timeoutMs;
    let last: Status | null = null;
    while (Date.now() < end) {
      last = ((await this.bus.status().catch(() => null)) as Status | null) ?? last;
      if (last !== null && wanted(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const log = await this.shell("journalctl -u wanherd -n 60 --no-pager");
    throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${JSON.stringify(last)}\n${log}`);
  }

  /** What cannot be read of all that the agent has ever written; empty: it is whole. */
  async damage(): Promise<string> {
    const journal = await this.shell(READ_JOURNAL);
    return `${journal === "whole" ? "" : `journal: ${journal || "unreadable"} `}${await this.shell(READ_FILES)}`.trim();
  }
}
