import type { DeviceDescription, Identity, InterfaceDescription, Role } from "../description.ts";
import { DEFAULT_REENUMERATE_MS, type ModelCall, type ModemModelParams, vendorSerial } from "./common.ts";

export interface PlainModemParams extends ModemModelParams {
  /**
   * `option`: Quectel EC25 with four ports of the `option` driver (diagnostics, GPS, AT, data).
   * `acm`: two CDC-ACM functions, AT and data. `singlePort`: one CDC-ACM function that is both.
   * `unknown`: one of Longcheer's that the `option` driver knows and our rules do not, data port first. Default `option`.
   */
  readonly variant?: "option" | "acm" | "singlePort" | "unknown";
}

/** A modem that is one from the start. */
export function plainModem(params: PlainModemParams = {}): ModelCall<"plainModem", PlainModemParams> {
  return { model: "plainModem", params };
}

/** Ids and ports by variant. The ACM ones carry the kernel's own gadget ids (drivers/usb/gadget/legacy/serial.c). */
const VARIANTS = {
  option: {
    ids: { vendorId: 0x2c7c, productId: 0x0125 },
    strings: { manufacturer: "Quectel", product: "EC25-E", serial: "" },
    interfaces: [
      vendorSerial("serial silent", [0xff, 0xff, 0xff], 1),
      vendorSerial("serial silent", [0xff, 0x00, 0x00], 2, 9),
      vendorSerial("serial AT", [0xff, 0x00, 0x00], 3, 10),
      vendorSerial("serial data", [0xff, 0x00, 0x00], 4, 11),
    ],
  },
  acm: {
    ids: { vendorId: 0x0525, productId: 0xa4a7, deviceClass: [0xef, 2, 1] },
    strings: { manufacturer: "Emulated", product: "ACM modem", serial: "0001" },
    interfaces: [...acmFunction("serial AT", 0, 1, 9), ...acmFunction("serial data", 2, 2, 10)],
  },
  singlePort: {
    ids: { vendorId: 0x0525, productId: 0xa4a7, deviceClass: [0xef, 2, 1] },
    strings: { manufacturer: "Emulated", product: "ACM modem with one port", serial: "0001" },
    interfaces: acmFunction("serial AT and data", 0, 1, 9),
  },
  unknown: {
    ids: { vendorId: 0x1c9e, productId: 0x9605 },
    strings: { manufacturer: "USB Modem", product: "USB Modem", serial: "" },
    interfaces: [
      vendorSerial("serial data", [0xff, 0xff, 0xff], 1),
      vendorSerial("serial silent", [0xff, 0xff, 0xff], 2),
      vendorSerial("serial AT", [0xff, 0xff, 0xff], 3),
    ],
  },
} as const satisfies Record<string, Pick<Identity, "strings" | "interfaces"> & { ids: unknown }>;

export function describePlainModem(params: PlainModemParams): DeviceDescription {
  const { ids, strings, interfaces } = VARIANTS[params.variant ?? "option"];
  return {
    first: "modem",
    identities: {
      modem: {
        ...ids,
        strings: { ...strings, ...params.strings },
        powerMilliamps: 500,
        interfaces,
        triggers: [],
        luns: [],
      },
    },
    reenumerateMs: params.reenumerateMs ?? DEFAULT_REENUMERATE_MS,
  };
}

/** The two interfaces of a CDC-ACM function, of which `first` is the control interface (USB CDC PSTN 1.2, 5.3). */
function acmFunction(role: Role, first: number, endpoint: number, interrupt: number): InterfaceDescription[] {
  const CS_INTERFACE = 0x24;
  const ASSOCIATION = 0x0b;
  const header = [5, CS_INTERFACE, 0x00, 0x20, 0x01];
  const callManagement = [5, CS_INTERFACE, 0x01, 0x00, first + 1];
  const lineCapabilities = [4, CS_INTERFACE, 0x02, 0x02];
  const union = [5, CS_INTERFACE, 0x06, first, first + 1];
  return [
    {
      before: Buffer.from([8, ASSOCIATION, first, 2, 2, 2, 1, 0]),
      class: 0x02,
      subclass: 0x02,
      protocol: 0x01,
      role: "cdc control",
      endpoints: [{ address: 0x80 + interrupt, type: "interrupt" }],
      extra: Buffer.from([...header, ...callManagement, ...lineCapabilities, ...union]),
    },
    {
      class: 0x0a,
      subclass: 0,
      protocol: 0,
      role,
      endpoints: [
        { address: 0x80 + endpoint, type: "bulk" },
        { address: endpoint, type: "bulk" },
      ],
    },
  ];
}
