import { type HubFacts, type HubPath, hubsAbove, type PortPath } from "../hotplug/types.ts";
import type { Consumer, HubPower, Supplies } from "./types.ts";

/** From here on a hub is a SuperSpeed one, in Mbit/s. */
const SUPERSPEED = 5_000;
/** What a port of a root hub or a hub with a supply of its own gives, and a unit load (USB 2.0, 7.2.1; USB 3.2, 11.4.1). */
const USB2 = { port: 500, unit: 100 } as const;
const USB3 = { port: 900, unit: 150 } as const;

/**
 * What each hub has to feed, against what it can, for every hub and root hub with something on it. All in mA, by what the
 * devices' descriptors ask for at most: nothing is measured.
 *
 * A root hub, and a hub with a supply of its own, can give each of its ports the full load. A hub that is fed by the bus
 * needs one unit load for itself and gives each port one (USB 2.0, 7.2.1.1). `supplies` names what a hub can give in all where
 * that is known better; then all that hangs below that hub, through further hubs too, is fed by this one supply, except what
 * hangs on a hub that is named itself: a 7-port hub is often two chips with one power supply.
 */
export function hubPower(
  consumers: readonly Consumer[],
  rootHubs: ReadonlyMap<HubPath, HubFacts>,
  supplies: Supplies,
): readonly HubPower[] {
  const below = new Map<HubPath, Consumer[]>();
  for (const consumer of consumers) {
    const [hub] = hubsAbove(consumer.port);
    below.set(hub, [...(below.get(hub) ?? []), consumer]);
  }
  const facts = new Map<HubPath, HubFacts>(rootHubs);
  for (const { port, hub } of consumers) if (hub !== undefined) facts.set(port, hub);

  const isFedFromAbove = (port: PortPath, hub: HubFacts): boolean =>
    supplies[port] === undefined &&
    (!hub.selfPowered || hubsAbove(port).some((above) => supplies[above] !== undefined));
  const load = ({ port, milliamps, hub }: Consumer): number => {
    if (hub === undefined || !isFedFromAbove(port, hub)) return milliamps;
    return Math.max(milliamps, limits(hub).unit + sum((below.get(port) ?? []).map(load)));
  };

  return [...below]
    .flatMap(([hub, children]): HubPower[] => {
      const known = facts.get(hub);
      if (known === undefined) return [];
      const source = hub.startsWith("usb") ? "board" : supplies[hub] !== undefined || known.selfPowered ? "own" : "bus";
      const { port, unit } = limits(known);
      const ports = Math.max(known.ports, children.length);
      const portMilliamps = source === "bus" ? unit : port;
      const budgetMilliamps =
        supplies[hub] ?? (source === "bus" ? Math.min(ports * unit, port - unit) : ports * portMilliamps);
      const devices = children.map((child) => ({ port: child.port, name: child.name, milliamps: load(child) }));
      const drawnMilliamps = sum(devices.map(({ milliamps }) => milliamps));
      // What a hub passes on to others is held against its own budget, not against its port's.
      const plain = children.filter((child) => child.hub === undefined);
      const portExcess = sum(plain.map(({ milliamps }) => Math.max(0, milliamps - portMilliamps)));
      const overMilliamps = Math.max(0, drawnMilliamps - budgetMilliamps, portExcess);
      return [{ hub, source, drawnMilliamps, budgetMilliamps, portMilliamps, overMilliamps, devices }];
    })
    .sort((a, b) => a.hub.localeCompare(b.hub, "en", { numeric: true }));
}

function limits({ speedMbps }: HubFacts): { readonly port: number; readonly unit: number } {
  return speedMbps >= SUPERSPEED ? USB3 : USB2;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
