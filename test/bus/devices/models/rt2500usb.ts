import type { DeviceDescription } from "../description.ts";
import type { Rt2500Params } from "../radio/rt2500.ts";
import type { ModelCall } from "./common.ts";
import { bulkEndpoints, type DongleParams, describeDongle, macOf } from "./dongle.ts";

export type Rt2500usbParams = DongleParams & Omit<Rt2500Params, "mac">;

/** A dongle with Ralink's RT2570: driver rt2500usb, 2.4 GHz, 802.11b/g, AP mode, no protected management frames. */
export function rt2500usb(params: Rt2500usbParams = {}): ModelCall<"rt2500usb", Rt2500usbParams> {
  return { model: "rt2500usb", params };
}

export function describeRt2500usb({ strings, ...chip }: Rt2500usbParams, port: number): DeviceDescription {
  return describeDongle({
    vendorId: 0x148f,
    productId: 0x2570,
    strings: { manufacturer: "Ralink", product: "802.11g WLAN Adapter", serial: "", ...strings },
    powerMilliamps: 300,
    // The driver's queues in its order: two for data, beacons, ATIM.
    endpoints: bulkEndpoints(0x81, 0x01, 0x02, 0x03, 0x04),
    chip: { chip: "rt2500", mac: macOf(port), ...chip },
  });
}
