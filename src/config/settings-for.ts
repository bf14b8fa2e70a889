import type { Config, ModemConfigLookup } from "./types.ts";

/**
 * Looks up a modem's settings: the defaults, overlaid by what the config says of its port, then of its IMEI, then of its
 * SIM's IMSI, the longer beginning over the shorter, then of its ICCID. Each key is overlaid by itself, so that a port may
 * give the weight and the SIM the APN.
 */
export function settingsFor(config: Config): ModemConfigLookup {
  const { defaults, named } = config.modems;
  const prefixes = Object.keys(named)
    .filter((name) => name.startsWith("imsi:"))
    .sort((a, b) => a.length - b.length);
  return (port, { imei, imsi, iccid }) => ({
    ...defaults,
    ...named[port],
    ...(imei ? named[`imei:${imei}`] : {}),
    ...Object.assign(
      {},
      ...prefixes.filter((name) => `imsi:${imsi ?? ""}`.startsWith(name)).map((name) => named[name]),
    ),
    ...(iccid ? named[`iccid:${iccid}`] : {}),
  });
}
