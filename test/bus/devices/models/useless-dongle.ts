import type { DeviceDescription } from "../description.ts";
import type { DeviceParams, ModelCall } from "./common.ts";
import { bulkEndpoints, type Dongle, describeDongle } from "./dongle.ts";

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
  const dongle = DONGLES[lacks];
  return describeDongle({ ...dongle, strings: { ...dongle.strings, ...strings } });
}

const DONGLES: Readonly<Record<Lack, Dongle>> = {
  // RTL8832BU: its driver came with Linux 6.17.
  driver: {
    vendorId: 0x0bda,
    productId: 0xb832,
    strings: { manufacturer: "Realtek", product: "802.11ax WLAN Adapter", serial: "" },
    powerMilliamps: 500,
    endpoints: bulkEndpoints(0x84, 0x05, 0x06),
  },
  // AR9271: ath9k_htc wants these endpoints and its firmware before it says a word to the chip.
  firmware: {
    vendorId: 0x0cf3,
    productId: 0x9271,
    strings: { manufacturer: "ATHEROS", product: "USB2.0 WLAN", serial: "12345" },
    powerMilliamps: 500,
    endpoints: [
      ...bulkEndpoints(0x01, 0x82),
      { address: 0x83, type: "interrupt" },
      { address: 0x04, type: "interrupt" },
    ],
  },
};
