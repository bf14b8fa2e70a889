import { type PortPath, parsePortPath } from "./types.ts";

/** What the kernel says about a port, as far as hotplug acts on it. */
export type PortSignal =
  /** The kernel has configured a device and offered its interfaces to drivers; sysfs is complete. */
  | { readonly type: "bound"; readonly port: PortPath; readonly address: number }
  /** The device is gone. udev has not seen it yet. */
  | { readonly type: "removed"; readonly port: PortPath; readonly address: number }
  /** An interface came: of a device being configured for the first time, or one whose configuration was changed. */
  | { readonly type: "reconfigured"; readonly port: PortPath };

/** Longer than any line of the kernel's own (its uevent buffer is 2048 bytes, UEVENT_BUFFER_SIZE in kobject.h). */
const LONGEST_LINE = 2048;

/**
 * Reads the output of `udevadm monitor --kernel --property`, in pieces as they come: blocks of KEY=VALUE lines ended by
 * an empty line (udevadm(8); the keys are the kernel's, drivers/usb/core/driver.c, usb_uevent, and usb.c, usb_dev_uevent).
 * `ready` is called at the first line: udevadm prints its heading when it has subscribed.
 * Blocks that are anything but a device or interface in a port are passed over.
 */
export function ueventReader(handlers: { ready(): void; signal(signal: PortSignal): void }): (chunk: string) => void {
  let rest = "";
  let isReady = false;
  let block = new Map<string, string>();
  const endBlock = (): void => {
    const signal = signalOf(block);
    block = new Map();
    if (signal !== null) handlers.signal(signal);
  };
  const takeLine = (line: string): void => {
    if (!isReady) {
      isReady = true;
      handlers.ready();
    }
    if (line === "") endBlock();
    const match = /^([A-Z_]{1,32})=(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && KEYS.has(match[1])) block.set(match[1], match[2]);
  };
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) takeLine(line.slice(0, LONGEST_LINE));
  };
}

const KEYS = new Set(["ACTION", "DEVPATH", "DEVTYPE", "BUSNUM", "DEVNUM"]);

function signalOf(block: ReadonlyMap<string, string>): PortSignal | null {
  const path = (block.get("DEVPATH") ?? "").split("/");
  const type = block.get("DEVTYPE");
  const action = block.get("ACTION");
  if (type === "usb_interface" && action === "add") {
    const port = parsePortPath(path.at(-2) ?? "");
    return port === null ? null : { type: "reconfigured", port };
  }
  if (type !== "usb_device" || (action !== "bind" && action !== "remove")) return null;
  // The last part is `1-1.3`; a root hub is `usb1`, which is no port.
  const port = parsePortPath(path.at(-1) ?? "");
  const bus = deviceNumber(block.get("BUSNUM"));
  const address = deviceNumber(block.get("DEVNUM"));
  if (port === null || address === null || bus === null || !port.startsWith(`${bus}-`)) return null;
  return { type: action === "bind" ? "bound" : "removed", port, address };
}

/** The kernel prints both as `%03d`. */
function deviceNumber(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{3}$/.test(text) && Number(text) > 0 ? Number(text) : null;
}
