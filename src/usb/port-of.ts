import { type PortPath, parsePortPath } from "../hotplug/types.ts";

/** Where a device of the `usb` package sits: its `bus` is the kernel's number as text (`001`). Null: a root hub. */
export function portOf(device: { bus: string; ports: readonly number[] }): PortPath | null {
  return parsePortPath(`${Number.parseInt(device.bus, 10)}-${device.ports.join(".")}`);
}
