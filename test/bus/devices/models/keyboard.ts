import type { DeviceDescription } from "../description.ts";
import { KEYBOARD_HID_DESCRIPTOR } from "../hid-keyboard.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall } from "./common.ts";

/** A keyboard on which nobody types. */
export function keyboard(params: DeviceParams = {}): ModelCall<"keyboard", DeviceParams> {
  return { model: "keyboard", params };
}

export function describeKeyboard(params: DeviceParams): DeviceDescription {
  return {
    first: "keyboard",
    identities: {
      keyboard: {
        vendorId: 0x046d,
        productId: 0xc31c,
        strings: { manufacturer: "Logitech", product: "USB Keyboard", serial: "", ...params.strings },
        powerMilliamps: 90,
        interfaces: [
          {
            class: 0x03,
            subclass: 0x01,
            protocol: 0x01,
            role: "hid keyboard",
            extra: KEYBOARD_HID_DESCRIPTOR,
            endpoints: [{ address: 0x81, type: "interrupt" }],
          },
        ],
        triggers: [],
        luns: [],
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}
