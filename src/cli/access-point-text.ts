import { printable } from "../../machines/failure.ts";
import type { AccessPointStatus, RadioStatus, StationStatus } from "../inspector/types.ts";
import type { Page } from "./render-status.ts";
import { bytesText, wrap } from "./text-width.ts";
import { secondsText } from "./time-text.ts";

const INDENT = "  ";
/** A station's line is as long as this at most; more of them than these are counted. */
const MOST_STATIONS = 20;

/** The hotspot below the table: its name, who serves, what keeps it from that, and who is there. */
export function accessPointLines(accessPoint: AccessPointStatus | null, { columns, style }: Page): string[] {
  if (accessPoint === null || accessPoint.radios.length === 0) return [];
  const { ssid, radios, stations, reason, address, bridge } = accessPoint;
  const serving = radios.filter(({ state }) => state === "serving");
  const channels = serving.flatMap(({ channel }) => channel ?? []).sort((a, b) => a - b);
  const heads = [
    `Access point “${printable(ssid, 32)}”: ${serving.length} of ${radios.length} ${radios.length === 1 ? "radio" : "radios"} serving`,
    ...(channels.length === 0 ? [] : [`channel ${channels.join(", ")}`]),
    `LAN ${printable(bridge, 15)} ${printable(address, 18)}`,
  ];
  const named = radios.filter(({ port }) => port === null).flatMap((radio) => namedLines(radio, columns));
  const more = stations.length - MOST_STATIONS;
  return [
    ...wrap(heads.join(" · "), columns),
    ...(reason === undefined ? [] : wrap(printable(reason, 800), columns - INDENT.length).map((line) => INDENT + line)),
    ...named,
    ...stations.slice(0, MOST_STATIONS).map((station) => style.dim(INDENT + stationText(station))),
    ...(more > 0 ? [style.dim(`${INDENT}and ${more} more`)] : []),
  ];
}

/** A radio that is no dongle has no row in the table. */
function namedLines({ state, reason, ...radio }: AccessPointStatus["radios"][number], columns: number): string[] {
  const facts = [printable(state, 16), ...radioFacts(radio)].join(" · ");
  return wrap(reason === undefined ? facts : `${facts}: ${printable(reason, 800)}`, columns - INDENT.length).map(
    (line) => INDENT + line,
  );
}

export function radioFacts({ interface: name, channel, stations }: RadioStatus): string[] {
  return [
    ...(name === null ? [] : [printable(name, 15)]),
    ...(channel === null ? [] : [`channel ${channel}`]),
    ...(channel === null ? [] : [`${stations} ${stations === 1 ? "station" : "stations"}`]),
  ];
}

function stationText(station: StationStatus): string {
  const { mac, port, interface: name, signalDbm, rxBytes, txBytes, connectedSeconds } = station;
  const facts = [
    printable(mac, 17),
    `at ${port ?? printable(name, 15)}`,
    ...(signalDbm === null ? [] : [`${signalDbm} dBm`]),
    `↑${bytesText(rxBytes)} ↓${bytesText(txBytes)}`,
    secondsText(connectedSeconds),
  ];
  return facts.join(" · ");
}
