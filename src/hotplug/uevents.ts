import { type PortPath, parsePortPath } from "./types.ts";

/** What the kernel says about a port, as far as hotplug acts on it. */
export type PortSignal =
  /** The kernel has configured a device and offered its interfaces to drivers; sysfs is complete. */
  | { readonly type: "bound"; readonly port: PortPath; readonly address: number }
  /** The device is gone. udev has not seen it yet. */
  | { readonly type: "removed"; readonly port: PortPath; readonly address: number }
  /** An interface came: of a device being configured for the first time, or one whose configuration was changed. */
  | { readonly type: "reconfigured"; readonly port: PortPath }
  /** A phy or a network interface came, went, was renamed, or switched on or off: of the device in this port, or of none (null). */
  | { readonly type: "radio"; readonly port: PortPath | null };

/** Longer than any line of the kernel's own (its uevent buffer is 2048 bytes, UEVENT_BUFFER_SIZE in kobject.h). */
const LONGEST_LINE = 2048;

/**
 * Reads the output of `udevadm monitor --kernel --udev --property`, in pieces as they come: blocks of a heading (`KERNEL[1.2]
 * add …` or `UDEV  [1.3] add …`) and KEY=VALUE lines, ended by an empty line (udevadm(8); the keys are the kernel's,
 * drivers/usb/core/driver.c, usb_uevent, and usb.c, usb_dev_uevent). Of udev's copies only those about interfaces count: what
 * they tell is that udev is through with the name.
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
    if (line.startsWith("UDEV")) block.set(FROM_UDEV, "");
    const match = /^([A-Z_]{1,32})=(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && KEYS.has(match[1])) block.set(match[1], match[2]);
  };
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) takeLine(line.slice(0, LONGEST_LINE));
  };
}

const KEYS = new Set(["ACTION", "DEVPATH", "DEVTYPE", "SUBSYSTEM", "BUSNUM", "DEVNUM"]);
const OF_RADIOS = new Set(["net", "ieee80211", "rfkill"]);
const FROM_UDEV = "udev";
/** `1-1.3:1.0` */
const USB_INTERFACE = /^([0-9]+-[0-9.]+):[0-9]+\.[0-9]+$/;
/** Links of PPP and pairs of containers come and go all day, and are no radio's. */
const NO_RADIO = /^(?:ppp|wan|veth|lo$)/;

function signalOf(block: ReadonlyMap<string, string>): PortSignal | null {
  const path = (block.get("DEVPATH") ?? "").split("/");
  const type = block.get("DEVTYPE");
  const action = block.get("ACTION");
  const subsystem = block.get("SUBSYSTEM");
  if (subsystem !== undefined && OF_RADIOS.has(subsystem)) {
    if (NO_RADIO.test(path.at(-1) ?? "")) return null;
    const owner = path.map((part) => USB_INTERFACE.exec(part)?.[1] ?? null).find((part) => part !== null);
    return { type: "radio", port: owner === undefined ? null : parsePortPath(owner) };
  }
  if (block.has(FROM_UDEV)) return null;
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
