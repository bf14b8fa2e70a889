import type { DeviceDescription } from "../description.ts";
import type { ModelCall } from "./common.ts";
import { bulkEndpoints, type DongleParams, describeDongle, macOf } from "./dongle.ts";

/**
 * The dongle of the thesis, with Ralink's RT5370: driver rt2800usb, AP mode. Its firmware is not free and not in the guest: the
 * driver makes a radio of it, whose interface cannot be set up.
 */
export function rt5370(params: DongleParams = {}): ModelCall<"rt5370", DongleParams> {
  return { model: "rt5370", params };
}

export function describeRt5370({ strings, ...chip }: DongleParams, port: number): DeviceDescription {
  return describeDongle({
    vendorId: 0x148f,
    productId: 0x5370,
    strings: { manufacturer: "Ralink", product: "802.11 n WLAN", serial: "", ...strings },
    powerMilliamps: 450,
    endpoints: bulkEndpoints(0x81, 0x01, 0x02, 0x03, 0x04),
    chip: { chip: "rt5370", mac: macOf(port), ...chip },
  });
}
