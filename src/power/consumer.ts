import { printable } from "../../machines/failure.ts";
import { type UsbDevice, usbId } from "../hotplug/types.ts";
import type { Consumer } from "./types.ts";

/** Names are listed, so that each has to be short. */
const LONGEST_NAME = 40;

/** A device as a consumer of power: by the name that the rules have for it, else by its own, else by its USB id. */
export function consumerOf(device: UsbDevice, name: string): Consumer {
  const { port, powerMilliamps, product, hub } = device;
  return {
    port,
    name: printable(name || product || usbId(device), LONGEST_NAME),
    milliamps: powerMilliamps,
    ...(hub === undefined ? {} : { hub }),
  };
}
