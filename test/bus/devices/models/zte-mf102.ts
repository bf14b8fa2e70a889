import type { DeviceDescription, Strings } from "../description.ts";
import {
  DEFAULT_REENUMERATE_MS,
  type ModelCall,
  type ModemModelParams,
  storageInterface,
  vendorSerial,
} from "./common.ts";

export interface ZteMf102Params extends ModemModelParams {
  /** A card reader as a second logical unit beside the CD-ROM. */
  readonly cardReader?: boolean;
  /** Product id in storage mode, for one that no rule and no database knows. Default 0x2000. */
  readonly storageProductId?: number;
}

/** ZTE MF102: a CD-ROM until it is ejected, then three serial ports and the storage. */
export function zteMf102(params: ZteMf102Params = {}): ModelCall<"zteMf102", ZteMf102Params> {
  return { model: "zteMf102", params };
}

/** The same as usb-modeswitch-data has it for 19d2:2000. */
const MESSAGE = Buffer.from("55534243123456702000000080000c85010101180101010101000000000000", "hex");
const VENDOR_SERIAL = [0xff, 0xff, 0xff] as const;

export function describeZteMf102(params: ZteMf102Params): DeviceDescription {
  const strings: Strings = {
    manufacturer: "ZTE",
    product: "ZTE WCDMA MSM",
    serial: "P680A1ZTED000000",
    ...params.strings,
  };
  const common = { vendorId: 0x19d2, strings, powerMilliamps: 500 };
  return {
    first: "storage",
    identities: {
      storage: {
        ...common,
        productId: params.storageProductId ?? 0x2000,
        interfaces: [storageInterface(1)],
        triggers: [
          { on: "eject", becomes: "modem" },
          { on: "message", bytes: MESSAGE, becomes: "modem" },
        ],
        luns: [{ kind: "cd-rom", blocks: 256 }, ...(params.cardReader ? [{ kind: "empty" } as const] : [])],
      },
      modem: {
        ...common,
        productId: 0x0031,
        interfaces: [
          vendorSerial("serial silent", VENDOR_SERIAL, 1),
          vendorSerial("serial AT", VENDOR_SERIAL, 2),
          storageInterface(3),
          vendorSerial("serial data", VENDOR_SERIAL, 4, 5),
        ],
        triggers: [],
        luns: [{ kind: "empty" }],
      },
    },
    reenumerateMs: params.reenumerateMs ?? DEFAULT_REENUMERATE_MS,
  };
}
