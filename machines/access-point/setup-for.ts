import type { AllowedChannel, RadioSetup, Security, VerifiedRadio } from "../../src/radio/types.ts";
import { isHighBand, widthOf } from "./channels.ts";
import type { AccessPointSettings } from "./effects.ts";

/** All that one radio is to do, on this channel. */
export function setupFor(radio: VerifiedRadio, own: AllowedChannel, settings: AccessPointSettings): RadioSetup {
  const { channel, secondary } = own;
  const { enabled: _, channels, lan, ...network } = settings;
  const band = isHighBand(channel) ? radio.bands.high : radio.bands.low;
  const width = widthOf(own, channels);
  return {
    ...network,
    maxStations: lesser(network.maxStations, radio.maxStations),
    security: securityOf(radio, network.security),
    phy: radio.phy,
    interface: radio.interface,
    macAddress: radio.macAddress,
    bridge: lan.bridge,
    channel,
    width,
    secondary: width === 20 ? null : secondary,
    ht: band?.ht ?? null,
    vht: isHighBand(channel) ? (band?.vht ?? null) : null,
    he: band?.he ?? false,
  };
}

/** WPA3 beside WPA2 is for those radios that can protect management frames; the others are none the worse with WPA2. */
function securityOf({ pmf }: VerifiedRadio, wanted: Security): Security {
  return wanted === "wpa2-wpa3" && !pmf ? "wpa2" : wanted;
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
