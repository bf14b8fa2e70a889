import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type { UsbDevice } from "./types.ts";

/** What the kernel has made of one interface of a device. */
export interface InterfaceUse {
  readonly number: number;
  /** Null: no driver has taken it. */
  readonly driver: string | null;
  /** `ttyUSB0` */
  readonly ttys: readonly string[];
  /** `wwan0` */
  readonly networks: readonly string[];
  /** Control channels for QMI or MBIM, `cdc-wdm0`. */
  readonly controls: readonly string[];
  /** What kinds of drive it is, by the SCSI device types of include/scsi/scsi_proto.h. */
  readonly drives: readonly ("disk" | "CD-ROM" | "other")[];
}

/** At most so many names of each sort are read: a hub of card readers has fewer. */
const MOST = 16;
const TTY = /^tty[A-Za-z]{1,8}[0-9]{1,4}$/;
const NETWORK = /^[^/\s]{1,15}$/;
const CONTROL = /^cdc-wdm[0-9]{1,4}$/;
/** Of a SCSI address: `host6`, `target6:0:0`, `6:0:0:0`. */
const HOST = /^host[0-9]+$/;
const TARGET = /^target[0-9]+:[0-9]+:[0-9]+$/;
const UNIT = /^[0-9]+:[0-9]+:[0-9]+:[0-9]+$/;

/** What the drivers have made of each interface of this device, by sysfs; nothing is asked of the device. Never rejects. */
export function readInterfaceUse(sysfs: string, device: UsbDevice): Promise<readonly InterfaceUse[]> {
  return Promise.all(
    device.interfaces.map(async ({ number }): Promise<InterfaceUse> => {
      const directory = `${sysfs}/bus/usb/devices/${device.port}:${device.configuration}.${number}`;
      const driver = await readlink(`${directory}/driver`).catch(() => null);
      return {
        number,
        driver: driver === null ? null : basename(driver),
        // usb-serial's ttys hang on the interface itself, those of cdc_acm on its folder `tty`.
        ttys: [...(await namesIn(directory, TTY)), ...(await namesIn(`${directory}/tty`, TTY))],
        networks: await namesIn(`${directory}/net`, NETWORK),
        controls: await namesIn(`${directory}/usbmisc`, CONTROL),
        drives: await drivesIn(directory),
      };
    }),
  );
}

async function drivesIn(directory: string): Promise<InterfaceUse["drives"]> {
  let folders = [directory];
  for (const pattern of [HOST, TARGET, UNIT]) {
    const below = await Promise.all(
      folders.map(async (folder) => (await namesIn(folder, pattern)).map((name) => `${folder}/${name}`)),
    );
    folders = below.flat().slice(0, MOST);
  }
  const types = await Promise.all(folders.map((folder) => readFile(`${folder}/type`, "utf8").catch(() => "")));
  return types
    .map((type) => type.trim())
    .filter((type) => type !== "")
    .map((type) => (type === "0" ? "disk" : type === "5" ? "CD-ROM" : "other"));
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .slice(0, MOST);
}
