import type { RadioDevice, RadioId } from "../radio/types.ts";

/**
 * A physical place on the USB bus as the kernel writes it: bus number, `-`, port numbers from the root
 * hub down, separated by dots (`1-1.3`). It stays the same when a stick is swapped, switched or
 * re-enumerated, which is why everything here is keyed by it. (Kernel: drivers/usb/core/usb.c, usb_alloc_dev.)
 */
export type PortPath = string & { readonly __brand: "PortPath" };

/** At most 7 tiers below the root hub, each port number at most 255 (USB 2.0, 4.1.1 and 11.23.2.1). */
const PORT_PATH = /^[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,5}$/;

/** The text as a port path, or null when it is none. */
export function parsePortPath(text: string): PortPath | null {
  return PORT_PATH.test(text) ? (text as PortPath) : null;
}

/** A hub by its own port path, or, for the root hub of a bus, by the kernel's name for it: `usb1`. */
export type HubPath = PortPath | `usb${number}`;

/** The text as a hub's name, or null when it is none. */
export function parseHubPath(text: string): HubPath | null {
  return /^usb[1-9][0-9]{0,2}$/.test(text) ? (text as HubPath) : parsePortPath(text);
}

/** The hubs that a port is below of, nearest first; the last one is the root hub: `1-1.3.2` → `1-1.3`, `1-1`, `usb1`. */
export function hubsAbove(port: PortPath): readonly [HubPath, ...HubPath[]] {
  const dot = port.lastIndexOf(".");
  if (dot === -1) return [`usb${Number(port.slice(0, port.indexOf("-")))}`];
  const hub = port.slice(0, dot) as PortPath;
  return [hub, ...hubsAbove(hub)];
}

/** One interface of the active configuration, alternate setting 0. Class codes as in USB's defined class list. */
export interface UsbInterface {
  readonly number: number;
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
}

/** A device as its descriptors tell it. Strings are untrusted, already made printable and bounded. */
export interface UsbDevice {
  readonly port: PortPath;
  /** Kernel's device number on its bus; changes with every enumeration, so it tells two plugs apart. */
  readonly address: number;
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  readonly product: string;
  readonly serial: string;
  readonly deviceClass: number;
  readonly configuration: number;
  readonly interfaces: readonly UsbInterface[];
  /** bMaxPower of the active configuration, in mA; of the first one where none is active. */
  readonly powerMilliamps: number;
  /** Missing: it is no hub. */
  readonly hub?: HubFacts;
}

/** What there is to know of a hub for its power. */
export interface HubFacts {
  /** How many ports it has for others; 0 until the kernel's hub driver has it. */
  readonly ports: number;
  /** It says that it has a supply of its own (USB 2.0, table 9-10: bmAttributes, bit 6). Root hubs do. */
  readonly selfPowered: boolean;
  /** What it runs at, in Mbit/s: from 5000 on it is SuperSpeed, with more power for each port. */
  readonly speedMbps: number;
}

/** A serial port that udev has named for us; `path` is the stable name, e.g. `/dev/wanherd/1-1.3/if01`. */
export interface Tty {
  readonly port: PortPath;
  readonly interface: number;
  readonly path: string;
  /** The kernel driver behind it (`option`, `cdc_acm`, `ftdi_sio`, …); decides whether it may be probed. */
  readonly driver: string;
}

/** What hotplug tells of radios: one with a USB parent belongs to the device in that port, any other is known by its interface. */
export type RadioHotplugEvent =
  /** Said again when something of it has changed, as when its interface got its name. */
  | { readonly type: "radio.appeared"; readonly radio: RadioDevice }
  | { readonly type: "radio.vanished"; readonly id: RadioId };

/** What hotplug tells the agent. Scans at start and later arrivals are the same events. */
export type HotplugEvent =
  | { readonly type: "device.attached"; readonly device: UsbDevice }
  | { readonly type: "device.detached"; readonly port: PortPath; readonly address: number }
  | { readonly type: "tty.appeared"; readonly tty: Tty }
  | { readonly type: "tty.vanished"; readonly port: PortPath; readonly interface: number }
  | RadioHotplugEvent;

/** `19d2:0031` */
export function usbId(device: { vendorId: number; productId: number }): string {
  const hex = (n: number): string => n.toString(16).padStart(4, "0");
  return `${hex(device.vendorId)}:${hex(device.productId)}`;
}
