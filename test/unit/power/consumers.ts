import type { HubFacts, HubPath, PortPath } from "../../../src/hotplug/types.ts";
import type { Consumer } from "../../../src/power/types.ts";

export const USB2_HUB = { ports: 4, selfPowered: true, speedMbps: 480 } as const satisfies HubFacts;
/** The computer's own hub, of one port. */
export const ROOT: ReadonlyMap<HubPath, HubFacts> = new Map([["usb1", { ...USB2_HUB, ports: 1 }]]);

export function consumer(port: string, name: string, milliamps: number, hub?: HubFacts): Consumer {
  return { port: port as PortPath, name, milliamps, ...(hub === undefined ? {} : { hub }) };
}

/** The thesis's bus: a 7-port hub with a supply of 2 A, three modems of 500 mA and three dongles of 110 mA. */
export function thesisHub(modems = 3): readonly Consumer[] {
  return [
    consumer("1-1", "USB2.0 Hub", 100, { ...USB2_HUB, ports: 7 }),
    ...Array.from({ length: modems }, (_, n) => consumer(`1-1.${n + 1}`, "ZTE MF102", 500)),
    ...Array.from({ length: 3 }, (_, n) => consumer(`1-1.${n + 5}`, "RT5370", 110)),
  ];
}
