import type { DeviceDescription } from "../description.ts";
import type { Slowness } from "../radio/radio-identity.ts";
import type { Rt5370Params } from "../radio/rt5370.ts";
import type { DeviceParams, ModelCall } from "./common.ts";
import { bulkEndpoints, describeDongle } from "./dongle.ts";

export type Rt5370usbParams = DeviceParams & Slowness & Rt5370Params;

/**
 * The dongle of the thesis, with Ralink's RT5370: driver rt2800usb, AP mode. Its firmware is not free and not in the guest: the
 * driver makes a radio of it, whose interface cannot be set up.
 */
export function rt5370(params: Rt5370usbParams): ModelCall<"rt5370", Rt5370usbParams> {
  return { model: "rt5370", params };
}

export function describeRt5370({ strings, ...chip }: Rt5370usbParams): DeviceDescription {
  return describeDongle({
    vendorId: 0x148f,
    productId: 0x5370,
    strings: { manufacturer: "Ralink", product: "802.11 n WLAN", serial: "", ...strings },
    powerMilliamps: 450,
    endpoints: bulkEndpoints(0x81, 0x01, 0x02, 0x03, 0x04),
    chip: { chip: "rt5370", ...chip },
  });
}
