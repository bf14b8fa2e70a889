import { printable } from "../../../machines/failure.ts";
import type { HubStatus, PortStatus, Status, UplinkStatus } from "../../inspector/types.ts";
import type { UplinkId } from "../../net/types.ts";
import { radioFacts } from "../access-point-text.ts";
import { shareText } from "../balancer-text.ts";
import { comparePorts } from "../port-order.ts";
import { stateStyle } from "../render-status.ts";
import type { Style } from "../style.ts";
import { bytesText } from "../text-width.ts";
import { ageText } from "../time-text.ts";
import type { Column } from "./columns.ts";
import type { Rate, Traffic } from "./rates.ts";

/** As wide as `999 kB/s`; more only where one needs it. */
const RATE_WIDTH = 8;

export const COLUMNS: readonly Column[] = [
  { head: "PORT", rank: 0 },
  { head: "STATE", rank: 1 },
  { head: "SINCE", rank: 6 },
  { head: "WHAT", rank: 4, least: 8 },
  { head: "SIGNAL", rank: 5 },
  { head: "ADDRESS", rank: 8 },
  { head: "WEIGHT", rank: 7 },
  { head: "DOWN", rank: 2, figures: RATE_WIDTH },
  { head: "UP", rank: 3, figures: RATE_WIDTH },
];

/** A port, or an interface that the config names, in the list. */
export interface Row {
  readonly place: UplinkId;
  readonly cells: readonly string[];
  /** The state's colour. */
  readonly paint: (text: string) => string;
  /** What is wrong with it, in a line of its own; null: nothing. */
  readonly trouble: string | null;
}

/** The rows of the list, in the order of `places`. */
export function rowsOf(status: Status, { rates }: Traffic, now: Date, style: Style): Row[] {
  const { ports, interfaces, uplinks, hubs } = status;
  const ofPorts = [...ports]
    .sort((a, b) => comparePorts(a.port, b.port))
    .map((port): Row => {
      const uplink = uplinks.find((candidate) => candidate.port === port.port);
      const { modem, failure, state } = port;
      const signal = modem?.signalDbm == null ? "" : `${modem.signalDbm} dBm`;
      const what = printable(whatItIs(port, hubs), 40);
      return {
        place: port.port,
        cells: [port.port, printable(state, 16), ageText(port.since, now), what, signal, ...linkCells(uplink, rates)],
        paint: stateStyle(port, style),
        trouble: failure === undefined ? null : printable(failure.message, 500),
      };
    });
  const named = interfaces.map(({ interface: name, state, since, reason }): Row => {
    const uplink = uplinks.find((candidate) => candidate.port === null && candidate.interface === name);
    return {
      place: name as UplinkId,
      cells: [printable(name, 15), printable(state, 16), ageText(since, now), "", "", ...linkCells(uplink, rates)],
      paint: state === "online" ? style.good : style.bad,
      trouble: reason === undefined ? null : printable(reason, 500),
    };
  });
  return [...ofPorts, ...named];
}

/** The network that a modem is in, a radio's channel and stations, a hub's power; where none is known, the device's name. */
function whatItIs({ port, name, kind, modem, radio }: PortStatus, hubs: readonly HubStatus[]): string {
  const network = [modem?.operator, modem?.technology].filter((part) => part != null);
  if (network.length > 0) return network.join(" ");
  if (radio !== undefined && radio.channel !== null) return radioFacts(radio).slice(1).join(", ");
  const hub = kind === "hub" ? hubs.find((candidate) => candidate.port === port) : undefined;
  return hub === undefined ? name : `${hub.drawnMilliamps} of ${hub.budgetMilliamps} mA`;
}

function linkCells(uplink: UplinkStatus | undefined, rates: ReadonlyMap<string, Rate>): string[] {
  if (uplink === undefined) return ["", "", "", ""];
  const rate = rates.get(uplink.interface);
  const share = uplink.health === "good" || uplink.weight > 0 ? shareText(uplink) : printable(uplink.health, 9);
  return [printable(uplink.address, 15), share, rateText(rate?.rx), rateText(rate?.tx)];
}

/** `1.2 MB/s`; nothing where it is not known. */
export function rateText(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? "" : `${bytesText(Math.round(bytesPerSecond))}/s`;
}
