import type { DeviceDescription } from "../description.ts";
import type { Switching } from "../hub/hub-ports.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall } from "./common.ts";

export interface UsbHubParams extends DeviceParams {
  /** How it says that it switches its ports' power, and does. Default `individual`. */
  readonly switching?: Switching;
  /** Default 4; the n-th of them takes the way of the root hub's n-th port, see README.md. */
  readonly ports?: number;
}

/** A high-speed hub with a supply of its own; `bus.plug("1-8.2", …)` puts something into port 2 of the one in `1-8`. */
export function usbHub(params: UsbHubParams = {}): ModelCall<"usbHub", UsbHubParams> {
  return { model: "usbHub", params };
}

export function describeUsbHub({ switching = "individual", ports = 4, strings }: UsbHubParams): DeviceDescription {
  return {
    first: "hub",
    hub: { ports, switching },
    identities: {
      hub: {
        vendorId: 0x05e3,
        productId: 0x0608,
        // Hub, and one transaction translator for all ports (USB 2.0, 11.23.1).
        deviceClass: [9, 0, 1],
        strings: { manufacturer: "Genesys Logic", product: "USB2.0 Hub", serial: "", ...strings },
        powerMilliamps: 100,
        selfPowered: true,
        interfaces: [
          { class: 9, subclass: 0, protocol: 0, role: "hub", endpoints: [{ address: 0x81, type: "interrupt" }] },
        ],
        triggers: [],
        luns: [],
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}
