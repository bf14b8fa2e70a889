import { readdir } from "node:fs/promises";
import { readDevice, readHub } from "../hotplug/sysfs-device.ts";
import { type HubFacts, type HubPath, parseHubPath, parsePortPath } from "../hotplug/types.ts";
import { hubPower } from "./budget.ts";
import { consumerOf } from "./consumer.ts";
import type { HubPower, Supplies } from "./types.ts";

/** The hubs and what hangs on them right now, read from sysfs. For the doctor, who has no agent. Never rejects. */
export async function readHubs(sysfs: string, supplies: Supplies): Promise<readonly HubPower[]> {
  const names = await readdir(`${sysfs}/bus/usb/devices`).catch(() => []);
  const ports = names.map(parsePortPath).filter((port) => port !== null);
  const devices = (await Promise.all(ports.map((port) => readDevice(sysfs, port, null)))).filter(
    (each) => each !== null,
  );
  const rootHubs = new Map<HubPath, HubFacts>();
  for (const hub of names.map(parseHubPath)) {
    const facts = hub?.startsWith("usb") === true ? await readHub(sysfs, hub) : null;
    if (hub !== null && facts !== null) rootHubs.set(hub, facts);
  }
  return hubPower(
    devices.map((device) => consumerOf(device, "")),
    rootHubs,
    supplies,
  );
}
