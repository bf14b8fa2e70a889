import type { DeviceDescription, EndpointDescription, Identity } from "../description.ts";
import type { Slowness } from "../radio/radio-identity.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams } from "./common.ts";

/** What every dongle with a chip takes beside the chip's own parameters. */
export interface DongleParams extends DeviceParams, Slowness {
  /** Default: its port's own, see `macOf`. */
  readonly mac?: string;
}

/** The address of a dongle in the port of this number: no two have the same. */
export function macOf(port: number): string {
  return `02:00:00:00:00:${port.toString(16).padStart(2, "0")}`;
}

/** What tells one WiFi dongle from another. */
export type Dongle = Pick<Identity, "vendorId" | "productId" | "strings" | "powerMilliamps" | "chip"> & {
  readonly endpoints: readonly EndpointDescription[];
};

/** A device of one vendor-specific interface, as all WiFi dongles of these makers are. */
export function describeDongle({ endpoints, ...dongle }: Dongle): DeviceDescription {
  const radio = { class: 0xff, subclass: 0xff, protocol: 0xff, role: "radio", endpoints } as const;
  return {
    first: "dongle",
    identities: { dongle: { ...dongle, interfaces: [radio], triggers: [], luns: [] } },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}

export function bulkEndpoints(...addresses: readonly number[]): EndpointDescription[] {
  return addresses.map((address) => ({ address, type: "bulk" }));
}
