import type { DeviceDescription, EndpointDescription, Identity } from "../description.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall } from "./common.ts";

/** Why no interface comes of it. */
type Lack =
  /** No driver of the guest's kernel claims it. */
  | "driver"
  /** A driver claims it, asks for a firmware that is not there, and lets go of it. */
  | "firmware";

export interface UselessDongleParams extends DeviceParams {
  readonly lacks: Lack;
}

/** A WiFi dongle of which the kernel makes no radio. */
export function uselessDongle(params: UselessDongleParams): ModelCall<"uselessDongle", UselessDongleParams> {
  return { model: "uselessDongle", params };
}

export function describeUselessDongle({ lacks, strings }: UselessDongleParams): DeviceDescription {
  const { endpoints, ...kind } = KINDS[lacks];
  return {
    first: "dongle",
    identities: {
      dongle: {
        ...kind,
        strings: { ...kind.strings, ...strings },
        powerMilliamps: 500,
        interfaces: [{ class: 0xff, subclass: 0xff, protocol: 0xff, role: "radio", endpoints }],
        triggers: [],
        luns: [],
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}

type Kind = Pick<Identity, "vendorId" | "productId" | "strings"> & { readonly endpoints: EndpointDescription[] };

const KINDS: Readonly<Record<Lack, Kind>> = {
  // RTL8832BU: its driver came with Linux 6.17.
  driver: {
    vendorId: 0x0bda,
    productId: 0xb832,
    strings: { manufacturer: "Realtek", product: "802.11ax WLAN Adapter", serial: "" },
    endpoints: [0x84, 0x05, 0x06].map((address) => ({ address, type: "bulk" })),
  },
  // AR9271: ath9k_htc wants these endpoints and its firmware before it says a word to the chip.
  firmware: {
    vendorId: 0x0cf3,
    productId: 0x9271,
    strings: { manufacturer: "ATHEROS", product: "USB2.0 WLAN", serial: "12345" },
    endpoints: [
      { address: 0x01, type: "bulk" },
      { address: 0x82, type: "bulk" },
      { address: 0x83, type: "interrupt" },
      { address: 0x04, type: "interrupt" },
    ],
  },
};
