import type { DeviceDescription } from "../description.ts";
import type { Slowness } from "../radio/radio-identity.ts";
import type { Rtl8187Params } from "../radio/rtl8187.ts";
import type { DeviceParams, ModelCall } from "./common.ts";
import { bulkEndpoints, describeDongle } from "./dongle.ts";

export type Rtl8187usbParams = DeviceParams & Slowness & Rtl8187Params;

/** A dongle with Realtek's RTL8187: driver rtl8187, managed mode, but no AP mode. */
export function rtl8187(params: Rtl8187usbParams): ModelCall<"rtl8187", Rtl8187usbParams> {
  return { model: "rtl8187", params };
}

export function describeRtl8187({ strings, ...chip }: Rtl8187usbParams): DeviceDescription {
  return describeDongle({
    vendorId: 0x0bda,
    productId: 0x8187,
    strings: { manufacturer: "Realtek", product: "RTL8187_Wireless", serial: "", ...strings },
    powerMilliamps: 500,
    endpoints: bulkEndpoints(0x81, 0x02, 0x03),
    chip: { chip: "rtl8187", ...chip },
  });
}
