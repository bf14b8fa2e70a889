import { access, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename } from "node:path";
import type { InterfaceId } from "../net/types.ts";
import type { RadioDevice } from "../radio/types.ts";
import type { UsbDevice } from "./types.ts";

/** The kernel's names: `phy0` (net/wireless/core.c, PHY_NAME), or as somebody has renamed it (`iw phy … set name`). */
const PHY = /^[A-Za-z0-9._-]{1,32}$/;
/** As `interfaceName` of the config. */
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;
/** A directory of a USB interface: `1-1.3:1.0`. */
const USB_INTERFACE = /^[0-9]+-[0-9.]+:[0-9]+\.[0-9]+$/;

export interface RadioPlaces {
  /** `/sys` but in tests. */
  readonly sysfs: string;
  /** `/run/udev` but in tests. */
  readonly udev: string;
}

/**
 * The radio of a USB device: what the drivers of its interfaces have put below them (`PORT:1.0/ieee80211/phy0`,
 * `PORT:1.0/net/wlan0`), so that names are never guessed. A driver without nl80211 makes an interface with
 * a folder `wireless` and no phy (net/core/net-sysfs.c, wireless_group). Null: there is neither.
 */
export async function readUsbRadio(places: RadioPlaces, device: UsbDevice): Promise<RadioDevice | null> {
  for (const { number } of device.interfaces) {
    const directory = `${places.sysfs}/bus/usb/devices/${device.port}/${device.port}:${device.configuration}.${number}`;
    const phy = (await names(`${directory}/ieee80211`)).find((name) => PHY.test(name)) ?? null;
    const found = await interfaceIn(places, `${directory}/net`, phy);
    if (phy === null && found === null) continue;
    return { id: device.port, phy, interface: found, blocked: await blockOf(`${directory}/ieee80211/${phy}`) };
  }
  return null;
}

/** All radios that are no USB device's, each by its interface. */
export async function readOtherRadios(places: RadioPlaces): Promise<readonly RadioDevice[]> {
  const radios = await Promise.all(
    (await names(`${places.sysfs}/class/net`)).map(async (name): Promise<RadioDevice | null> => {
      const directory = `${places.sysfs}/class/net/${name}`;
      const phy = basename(await readlink(`${directory}/phy80211`).catch(() => ""));
      if (!PHY.test(phy) || !INTERFACE.test(name) || !(await isSettled(places, directory))) return null;
      const parent = await realpath(`${directory}/device`).catch(() => "");
      if (parent.split("/").some((part) => USB_INTERFACE.test(part))) return null;
      return { id: name as InterfaceId, phy, interface: name, blocked: await blockOf(`${directory}/phy80211`) };
    }),
  );
  return radios.filter((radio) => radio !== null);
}

/** The first interface in a folder that is this phy's; without a phy, the first one that is wireless in the old way. */
async function interfaceIn(places: RadioPlaces, folder: string, phy: string | null): Promise<string | null> {
  const found: { name: string; index: number }[] = [];
  for (const name of await names(folder)) {
    const directory = `${folder}/${name}`;
    const mark = phy === null ? `${directory}/wireless` : `${directory}/phy80211`;
    if (!INTERFACE.test(name) || !(await exists(mark)) || !(await isSettled(places, directory))) continue;
    found.push({ name, index: Number(await readFile(`${directory}/ifindex`, "utf8").catch(() => "0")) });
  }
  return found.sort((a, b) => a.index - b.index)[0]?.name ?? null;
}

/**
 * Whether udev is through with an interface: it may yet rename it (systemd.link(5)), and an interface that is in use by then
 * would lose its name under its user. Its database has a file for each that it has seen; udev's own event follows.
 */
async function isSettled(places: RadioPlaces, directory: string): Promise<boolean> {
  if (!(await exists(`${places.udev}/control`))) return true;
  const index = (await readFile(`${directory}/ifindex`, "utf8").catch(() => "")).trim();
  return /^[0-9]{1,10}$/.test(index) && exists(`${places.udev}/data/n${index}`);
}

/** What rfkill says of a phy (Documentation/ABI/stable/sysfs-class-rfkill). */
async function blockOf(phy: string): Promise<RadioDevice["blocked"]> {
  const name = (await names(phy)).find((each) => /^rfkill[0-9]{1,6}$/.test(each));
  if (name === undefined) return null;
  const [hard, soft] = await Promise.all(
    ["hard", "soft"].map((file) => readFile(`${phy}/${name}/${file}`, "utf8").catch(() => "")),
  );
  if (hard?.trim() === "1") return "hard";
  return soft?.trim() === "1" ? "soft" : null;
}

/** sysfs fails in many ways for a device that is just going; all mean that there is nothing. */
async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
