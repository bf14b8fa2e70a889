import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { FailureError } from "../../machines/failure.ts";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { WIFI_PLACES, wirelessDriver } from "./is-wifi.ts";
import { missingFirmware, readKernelLog } from "./kernel-log.ts";
import type { RadioDevice } from "./types.ts";

export interface WhyNoPhyPlaces {
  readonly sysfs: string;
  /** See `WifiPlaces`. */
  readonly modules: string;
  readonly kernelLog: () => Promise<readonly string[]>;
}

const PLACES: WhyNoPhyPlaces = { ...WIFI_PLACES, kernelLog: readKernelLog };

/** Why there is no radio to be verified: its driver is of the old kind, made none, lacks its firmware, or is not there. */
export async function whyNoPhy(radio: RadioDevice, places: WhyNoPhyPlaces = PLACES): Promise<FailureError> {
  const { id, phy, interface: name } = radio;
  const port = parsePortPath(id);
  if (phy === null && name !== null) {
    return new FailureError("WextOnly", `the driver of ${name} speaks only the old wireless extensions`);
  }
  if (port === null) return new FailureError("PhyMissing", `there is no radio with an interface ${id}`);
  if (phy !== null) return new FailureError("PhyMissing", `${phy} in ${port} has no network interface`);
  const file = missingFirmware(await places.kernelLog(), port);
  if (file !== null) return new FailureError("FirmwareMissing", `the dongle in ${port} needs the firmware ${file}`);
  const driver = await boundDriver(places.sysfs, port);
  if (driver !== null) {
    return new FailureError("PhyMissing", `its driver ${driver} has made no radio of the dongle in ${port}`);
  }
  const known = await wirelessDriver(await idsOf(places.sysfs, port), places);
  const hint = known === null ? "" : `, though this kernel has ${known} for it (is it blacklisted?)`;
  return new FailureError("DriverMissing", `no driver has taken the WiFi dongle in ${port}${hint}`);
}

/** The driver of the first interface of the device in this port that has one. */
async function boundDriver(sysfs: string, port: PortPath): Promise<string | null> {
  const devices = `${sysfs}/bus/usb/devices`;
  for (const name of (await readdir(devices).catch(() => [])).filter((each) => each.startsWith(`${port}:`))) {
    const driver = await readlink(`${devices}/${name}/driver`).catch(() => null);
    if (driver !== null) return basename(driver);
  }
  return null;
}

async function idsOf(sysfs: string, port: PortPath): Promise<{ vendorId: number; productId: number }> {
  const read = async (name: string): Promise<number> => {
    const text = await readFile(`${sysfs}/bus/usb/devices/${port}/${name}`, "utf8").catch(() => "");
    return /^[0-9a-f]{4}\n?$/.test(text) ? Number.parseInt(text, 16) : 0;
  };
  return { vendorId: await read("idVendor"), productId: await read("idProduct") };
}
