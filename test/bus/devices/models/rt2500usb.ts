import type { DeviceDescription } from "../description.ts";
import type { Slowness } from "../radio/radio-identity.ts";
import type { Rt2500Params } from "../radio/rt2500.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall } from "./common.ts";

export type Rt2500usbParams = DeviceParams & Slowness & Rt2500Params;

/** A dongle with Ralink's RT2570: driver rt2500usb, 2.4 GHz, 802.11b/g, AP mode, no protected management frames. */
export function rt2500usb(params: Rt2500usbParams): ModelCall<"rt2500usb", Rt2500usbParams> {
  return { model: "rt2500usb", params };
}

export function describeRt2500usb({ strings, ...chip }: Rt2500usbParams): DeviceDescription {
  return {
    first: "dongle",
    identities: {
      dongle: {
        vendorId: 0x148f,
        productId: 0x2570,
        strings: { manufacturer: "Ralink", product: "802.11g WLAN Adapter", serial: "", ...strings },
        powerMilliamps: 300,
        interfaces: [
          {
            class: 0xff,
            subclass: 0xff,
            protocol: 0xff,
            role: "radio",
            // The driver's queues in its order: two for data, beacons, ATIM.
            endpoints: [0x81, 0x01, 0x02, 0x03, 0x04].map((address) => ({ address, type: "bulk" })),
          },
        ],
        triggers: [],
        luns: [],
        chip: { chip: "rt2500", ...chip },
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}
