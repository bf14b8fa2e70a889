import type { DeviceDescription } from "../description.ts";
import type { Slowness } from "../radio/radio-identity.ts";
import type { Rtl8187Params } from "../radio/rtl8187.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall } from "./common.ts";

export type Rtl8187usbParams = DeviceParams & Slowness & Rtl8187Params;

/** A dongle with Realtek's RTL8187: driver rtl8187, managed mode, but no AP mode. */
export function rtl8187(params: Rtl8187usbParams): ModelCall<"rtl8187", Rtl8187usbParams> {
  return { model: "rtl8187", params };
}

export function describeRtl8187({ strings, ...chip }: Rtl8187usbParams): DeviceDescription {
  return {
    first: "dongle",
    identities: {
      dongle: {
        vendorId: 0x0bda,
        productId: 0x8187,
        strings: { manufacturer: "Realtek", product: "RTL8187_Wireless", serial: "", ...strings },
        powerMilliamps: 500,
        interfaces: [
          {
            class: 0xff,
            subclass: 0xff,
            protocol: 0xff,
            role: "radio",
            endpoints: [0x81, 0x02, 0x03].map((address) => ({ address, type: "bulk" })),
          },
        ],
        triggers: [],
        luns: [],
        chip: { chip: "rtl8187", ...chip },
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}
