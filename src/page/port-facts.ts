import type { PortStatus } from "../inspector/types.ts";

/** What is known of the device in a port now, in a line; `beside` are further facts, null where there is none. */
export function portFacts({ modem, radio, powerMilliamps }: PortStatus, ...beside: readonly (string | null)[]): string {
  return [
    modem?.operator,
    modem?.technology,
    modem?.signalDbm == null ? null : `${String(modem.signalDbm).replace("-", "−")} dBm`,
    radio?.channel == null ? null : `channel ${radio.channel}, ${radio.stations} stations`,
    powerMilliamps === 0 ? null : `${powerMilliamps} mA`,
    ...beside,
  ]
    .filter((fact) => fact !== null && fact !== undefined && fact !== "")
    .join(" · ");
}
