import type { Config, ModemConfigLookup } from "./types.ts";

/**
 * Looks up a modem's settings: the defaults, overlaid by what the config says of its port, then of its IMEI, then of
 * its SIM's ICCID. Each key is overlaid by itself, so that a port may give the weight and the SIM the APN.
 */
export function settingsFor(config: Config): ModemConfigLookup {
  const { defaults, named } = config.modems;
  return (port, { imei, iccid }) => ({
    ...defaults,
    ...named[port],
    ...(imei ? named[`imei:${imei}`] : {}),
    ...(iccid ? named[`iccid:${iccid}`] : {}),
  });
}
