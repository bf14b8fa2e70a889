import type { DeviceDescription } from "../description.ts";
import type { Rtl8187Params } from "../radio/rtl8187.ts";
import type { ModelCall } from "./common.ts";
import { bulkEndpoints, type DongleParams, describeDongle, macOf } from "./dongle.ts";

export type Rtl8187usbParams = DongleParams & Omit<Rtl8187Params, "mac">;

/** A dongle with Realtek's RTL8187: driver rtl8187, managed mode, but no AP mode. */
export function rtl8187(params: Rtl8187usbParams = {}): ModelCall<"rtl8187", Rtl8187usbParams> {
  return { model: "rtl8187", params };
}

export function describeRtl8187({ strings, ...chip }: Rtl8187usbParams, port: number): DeviceDescription {
  return describeDongle({
    vendorId: 0x0bda,
    productId: 0x8187,
    strings: { manufacturer: "Realtek", product: "RTL8187_Wireless", serial: "", ...strings },
    powerMilliamps: 500,
    endpoints: bulkEndpoints(0x81, 0x02, 0x03),
    chip: { chip: "rtl8187", mac: macOf(port), ...chip },
  });
}
