import type { DeviceDescription, InterfaceDescription, Strings } from "../description.ts";
import {
  DEFAULT_REENUMERATE_MS,
  type ModelCall,
  type ModemModelParams,
  storageInterface,
  vendorSerial,
} from "./common.ts";

export interface HuaweiE367Params extends ModemModelParams {
  /** bInterfaceSubClass of the serial ports: 1, 2 or 3 by generation; the protocols mean the same in each. Default 1. */
  readonly subclass?: 1 | 2 | 3;
  /** bInterfaceNumber of the AT port, the silent one, the data port and the storage, in the order of their descriptors. */
  readonly shuffled?: readonly [number, number, number, number];
}

/** Huawei E367: storage until the HuaweiNewMode message, then ports told apart by bInterfaceProtocol. */
export function huaweiE367(params: HuaweiE367Params = {}): ModelCall<"huaweiE367", HuaweiE367Params> {
  return { model: "huaweiE367", params };
}

/** usb_modeswitch's HuaweiNewMode, byte for byte: the messages of Huawei's older modes leave this stick as it is. */
const HUAWEI_NEW_MODE = Buffer.from("55534243123456780000000000000011062000000101000100000000000000", "hex");

/** bInterfaceProtocol of Huawei's ports (kernel: drivers/usb/serial/option.c). */
const PPP = 0x01;
const CONTROL = 0x02;
const DIAGNOSTICS = 0x03;

export function describeHuaweiE367(params: HuaweiE367Params): DeviceDescription {
  const strings: Strings = { manufacturer: "HUAWEI", product: "HUAWEI Mobile", serial: "", ...params.strings };
  const common = { vendorId: 0x12d1, strings, powerMilliamps: 500 };
  const subclass = params.subclass ?? 1;
  return {
    first: "storage",
    identities: {
      storage: {
        ...common,
        productId: 0x1446,
        interfaces: [storageInterface(1)],
        triggers: [{ on: "message", bytes: HUAWEI_NEW_MODE, becomes: "modem" }],
        luns: [{ kind: "cd-rom", blocks: 256 }],
      },
      modem: {
        ...common,
        productId: 0x1506,
        interfaces: shuffle(
          [
            vendorSerial("serial data", [0xff, subclass, PPP], 1, 5),
            vendorSerial("serial silent", [0xff, subclass, DIAGNOSTICS], 2),
            vendorSerial("serial AT", [0xff, subclass, CONTROL], 3),
            storageInterface(4),
          ],
          params.shuffled,
        ),
        triggers: [],
        luns: [{ kind: "empty" }],
      },
    },
    reenumerateMs: params.reenumerateMs ?? DEFAULT_REENUMERATE_MS,
  };
}

function shuffle(
  [data, silent, at, storage]: readonly [
    InterfaceDescription,
    InterfaceDescription,
    InterfaceDescription,
    InterfaceDescription,
  ],
  numbers: HuaweiE367Params["shuffled"],
): readonly InterfaceDescription[] {
  if (numbers === undefined) return [data, silent, at, storage];
  return [at, silent, data, storage].map((one, position) => ({ ...one, number: numbers[position] ?? position }));
}
