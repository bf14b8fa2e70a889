import { readFile, readlink } from "node:fs/promises";
import { printable } from "../../machines/failure.ts";
import { parseDescriptors } from "./descriptors.ts";
import type { HubFacts, HubPath, PortPath, UsbDevice } from "./types.ts";

/** bDeviceClass of every hub (USB 2.0, 11.23.1). */
const HUB_CLASS = 9;

const SUPERSPEED_MBPS = 5_000;

/** A string descriptor holds at most 126 UTF-16 units (USB 2.0, 9.6.7: bLength is one byte). */
const LONGEST_STRING = 126;

/** A device may be replaced while it is read; more than this often in a row means it is not settling. */
const MOST_READINGS = 3;

/**
 * Reads the device in a port from sysfs (Documentation/ABI/testing/sysfs-bus-usb), which holds what the kernel read
 * at enumeration: nothing is asked of the device, so a hostile or hung one cannot delay us.
 *
 * Null: the port is empty, or the kernel has not finished with the device yet (no driver `usb` is bound to it; the
 * `bind` event follows). `known` is returned itself when it is still the same device in the same configuration.
 */
export async function readDevice(sysfs: string, port: PortPath, known: UsbDevice | null): Promise<UsbDevice | null> {
  const directory = `${sysfs}/bus/usb/devices/${port}`;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const address = decimal(await contents(`${directory}/devnum`), 127);
    if (address === null) return null;
    // The kernel answers this one when its own configuring is over (it holds the device's lock until then).
    const configuration = decimal(await contents(`${directory}/bConfigurationValue`), 255) ?? 0;
    if (known?.address === address && known.configuration === configuration) return known;

    const [driver, raw, power, speed, manufacturer, product, serial] = await Promise.all([
      readlink(`${directory}/driver`).catch(nothing),
      readFile(`${directory}/descriptors`).catch(nothing),
      contents(`${directory}/bMaxPower`),
      contents(`${directory}/speed`),
      contents(`${directory}/manufacturer`),
      contents(`${directory}/product`),
      contents(`${directory}/serial`),
    ]);
    const descriptors = raw === null ? null : parseDescriptors(raw);
    const hub = descriptors?.deviceClass === HUB_CLASS ? await readHub(sysfs, port) : null;
    const stillThere = decimal(await contents(`${directory}/devnum`), 127) === address;
    if (!stillThere) continue;
    if (driver === null || descriptors === null) return null;
    return {
      port,
      address,
      vendorId: descriptors.vendorId,
      productId: descriptors.productId,
      manufacturer: printable(manufacturer ?? "", LONGEST_STRING),
      product: printable(product ?? "", LONGEST_STRING),
      serial: printable(serial ?? "", LONGEST_STRING),
      deviceClass: descriptors.deviceClass,
      configuration,
      interfaces: descriptors.configurations.get(configuration) ?? [],
      powerMilliamps: configuration > 0 ? milliamps(power) : descriptors.firstPower * powerUnit(speed),
      ...(hub === null ? {} : { hub }),
    };
  }
  return null;
}

/** What sysfs tells of a hub or root hub; null: there is none of that name. */
export async function readHub(sysfs: string, hub: HubPath): Promise<HubFacts | null> {
  const directory = `${sysfs}/bus/usb/devices/${hub}`;
  const [ports, attributes, speed] = await Promise.all(
    (["maxchild", "bmAttributes", "speed"] as const).map((name) => contents(`${directory}/${name}`)),
  );
  if (ports === null || ports === undefined) return null;
  return {
    ports: decimal(ports, 255) ?? 0,
    selfPowered: /^[0-9a-f]{2}$/.test(attributes ?? "") && (Number.parseInt(attributes ?? "", 16) & 0x40) !== 0,
    speedMbps: speedOf(speed ?? null),
  };
}

/**
 * What bMaxPower counts in, in mA (USB 2.0, 9.6.3; USB 3.2, 9.6.3). Needed for a device without a configuration, such as the
 * kernel leaves one whose port has too little power for it (drivers/usb/core/generic.c, usb_choose_configuration).
 */
function powerUnit(speed: string | null): number {
  return speedOf(speed) >= SUPERSPEED_MBPS ? 8 : 2;
}

/** In Mbit/s; 0 where there is none. Low speed is `1.5`. */
function speedOf(text: string | null): number {
  return text !== null && /^[0-9]{1,6}(?:\.5)?$/.test(text) ? Number(text) : 0;
}

/** `250mA`, as the kernel prints it; it knows the device's speed, and so the unit of the descriptor's byte. */
function milliamps(text: string | null): number {
  const match = /^([0-9]{1,5})mA$/.exec(text ?? "");
  return match === null ? 0 : Number(match[1]);
}

/** The number a sysfs file holds, or null when it holds none that is at most `max`. */
function decimal(text: string | null, max: number): number | null {
  if (text === null || !/^[0-9]{1,3}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
}

/** A file without the newline that sysfs adds; null when there is none (any more). */
async function contents(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(nothing);
  return text === null ? null : text.trimEnd();
}

/** sysfs fails in many ways for a device that is just going (ENOENT, ENODEV, EIO); all mean the same here. */
function nothing(): null {
  return null;
}
