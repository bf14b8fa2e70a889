import type { DeviceDescription } from "../description.ts";
import type { ModemParams } from "../serial/modem-params.ts";
import { describeHuaweiE367, type huaweiE367 } from "./huawei-e367.ts";
import { describeKeyboard, type keyboard } from "./keyboard.ts";
import { describeMemoryStick, type memoryStick } from "./memory-stick.ts";
import { describePlainModem, type plainModem } from "./plain-modem.ts";
import { describeRt2500usb, type rt2500usb } from "./rt2500usb.ts";
import { describeRt5370, type rt5370 } from "./rt5370.ts";
import { describeRtl8187, type rtl8187 } from "./rtl8187.ts";
import { describeSpecialStick, type specialStick } from "./special-stick.ts";
import { describeUsbHub, type usbHub } from "./usb-hub.ts";
import { describeUselessDongle, type uselessDongle } from "./useless-dongle.ts";
import { describeZteMf102, type zteMf102 } from "./zte-mf102.ts";

/** Any model with its parameters. */
export type Model =
  | ReturnType<typeof zteMf102>
  | ReturnType<typeof huaweiE367>
  | ReturnType<typeof plainModem>
  | ReturnType<typeof keyboard>
  | ReturnType<typeof memoryStick>
  | ReturnType<typeof specialStick>
  | ReturnType<typeof usbHub>
  | ReturnType<typeof rt2500usb>
  | ReturnType<typeof rt5370>
  | ReturnType<typeof rtl8187>
  | ReturnType<typeof uselessDongle>;

/** The device that a model stands for, in the port of this number. @throws for a name that is none. */
export function describeModel(model: Model, port: number): DeviceDescription {
  switch (model.model) {
    case "zteMf102":
      return describeZteMf102(model.params);
    case "huaweiE367":
      return describeHuaweiE367(model.params);
    case "plainModem":
      return describePlainModem(model.params);
    case "keyboard":
      return describeKeyboard(model.params);
    case "memoryStick":
      return describeMemoryStick(model.params);
    case "specialStick":
      return describeSpecialStick(model.params);
    case "usbHub":
      return describeUsbHub(model.params);
    case "rt2500usb":
      return describeRt2500usb(model.params, port);
    case "rt5370":
      return describeRt5370(model.params, port);
    case "rtl8187":
      return describeRtl8187(model.params, port);
    case "uselessDongle":
      return describeUselessDongle(model.params);
    default:
      throw new Error(`no such model: ${JSON.stringify(model)}`);
  }
}

/** The modem's parameters that a model was given; none for what is no modem. */
export function modemParamsOf({ params }: Model): Partial<ModemParams> {
  return "modem" in params ? (params.modem ?? {}) : {};
}
