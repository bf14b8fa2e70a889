import { readFile } from "node:fs/promises";
import { release } from "node:os";
import type { UsbDevice } from "../hotplug/types.ts";

export interface WifiPlaces {
  readonly sysfs: string;
  readonly udev: string;
  /** `/lib/modules/RELEASE` but in tests. */
  readonly modules: string;
}

export const WIFI_PLACES: WifiPlaces = {
  sysfs: "/sys",
  udev: "/run/udev",
  modules: `/lib/modules/${release()}`,
};

/** What makers and the USB id database call them; none of these words is in a modem's or a phone's name. */
const NAME = /\b(?:802\.11[a-z]{0,2}|WLAN|Wi-?Fi|Wireless (?:LAN|Adapter|N|Network))\b/i;

/**
 * Whether a USB device is a WiFi dongle although no driver has made a radio of it: by its own strings, by its name in udev's
 * database of USB ids (hwdb, ID_MODEL_FROM_DATABASE), or because this kernel has a driver for its ids among those
 * for wireless networks.
 */
export async function isWifi(device: UsbDevice, places: WifiPlaces = WIFI_PLACES): Promise<boolean> {
  if (NAME.test(device.product) || NAME.test(await databaseName(device, places))) return true;
  return (await wirelessDriver(device, places)) !== null;
}

/** The kernel's driver for its ids, loaded or not, if it is one for wireless networks; null: there is none. */
export async function wirelessDriver(
  device: Pick<UsbDevice, "vendorId" | "productId">,
  { modules }: Pick<WifiPlaces, "modules">,
): Promise<string | null> {
  const hex = (id: number): string => id.toString(16).toUpperCase().padStart(4, "0");
  const aliases = await read(`${modules}/modules.alias`);
  // modules.alias(5): `alias usb:v148Fp5370d*dc*… rt2800usb`; a driver that names classes instead of ids names no dongle.
  const start = `alias usb:v${hex(device.vendorId)}p${hex(device.productId)}`;
  for (let at = aliases.indexOf(start); at !== -1; at = aliases.indexOf(start, at + 1)) {
    const name = /^alias \S{1,200} ([A-Za-z0-9_-]{1,60})$/m.exec(aliases.slice(at, at + 300))?.[1];
    if (name !== undefined && (await isWireless(name, modules))) return name;
  }
  return null;
}

/** modules.dep has each module's path; names are written with `_` or `-` alike. */
async function isWireless(name: string, modules: string): Promise<boolean> {
  const pattern = new RegExp(`^\\S*/net/wireless/\\S*/${name.replaceAll(/[_-]/g, "[_-]")}\\.ko(?:\\.\\w+)?:`, "m");
  return pattern.test(await read(`${modules}/modules.dep`));
}

/** Its name as udev found it; empty: none. udev's file for a device is named after its number (`c189:12`). */
async function databaseName({ port }: UsbDevice, { sysfs, udev }: WifiPlaces): Promise<string> {
  const number = (await read(`${sysfs}/bus/usb/devices/${port}/dev`)).trim();
  if (!/^[0-9]{1,4}:[0-9]{1,7}$/.test(number)) return "";
  const text = await read(`${udev}/data/c${number}`);
  return /^E:ID_MODEL_FROM_DATABASE=(.{1,200})$/m.exec(text)?.[1] ?? "";
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
