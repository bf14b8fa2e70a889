import type { DeviceDescription, EndpointDescription, Identity } from "../description.ts";
import { DEFAULT_REENUMERATE_MS } from "./common.ts";

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
