import type { UsbInterface } from "./types.ts";

/** Descriptor types of USB 2.0, table 9-5. */
const DEVICE = 1;
const CONFIGURATION = 2;
const INTERFACE = 4;

/** The kernel takes no more (drivers/usb/core/config.c, USB_MAXINTERFACES). */
const MOST_INTERFACES = 32;

/** What the raw descriptors tell, without strings. */
export interface Descriptors {
  readonly vendorId: number;
  readonly productId: number;
  readonly deviceClass: number;
  /** Interfaces per configuration value, alternate setting 0, sorted by number. */
  readonly configurations: ReadonlyMap<number, readonly UsbInterface[]>;
  /** bMaxPower as it is in the first configuration: in units of 2 mA, at SuperSpeed of 8 mA (USB 3.2, 9.6.3). */
  readonly firstPower: number;
}

/**
 * Reads the kernel's copy of a device's descriptors: the device descriptor and each configuration with all that
 * belongs to it, little-endian as on the wire (sysfs file `descriptors`, Documentation/ABI/testing/sysfs-bus-usb;
 * layouts: USB 2.0, 9.6.1, 9.6.3, 9.6.5). The device chose every byte: a length that is impossible ends the
 * reading, what was understood before it stays. Null: there is no device descriptor.
 */
export function parseDescriptors(bytes: Buffer): Descriptors | null {
  if (bytes.length < 18 || bytes.readUInt8(0) < 18 || bytes.readUInt8(1) !== DEVICE) return null;
  const configurations = new Map<number, UsbInterface[]>();
  let current: UsbInterface[] | undefined;
  let firstPower: number | undefined;
  let at = bytes.readUInt8(0);
  while (at + 2 <= bytes.length) {
    const length = bytes.readUInt8(at);
    if (length < 2 || at + length > bytes.length) break;
    const type = bytes.readUInt8(at + 1);
    if (type === CONFIGURATION && length >= 9) {
      current = [];
      firstPower ??= bytes.readUInt8(at + 8);
      configurations.set(bytes.readUInt8(at + 5), current);
    } else if (type === INTERFACE && length >= 9 && current !== undefined && current.length < MOST_INTERFACES) {
      const number = bytes.readUInt8(at + 2);
      const isDefaultSetting = bytes.readUInt8(at + 3) === 0;
      if (isDefaultSetting && !current.some((known) => known.number === number)) {
        current.push({
          number,
          class: bytes.readUInt8(at + 5),
          subclass: bytes.readUInt8(at + 6),
          protocol: bytes.readUInt8(at + 7),
        });
      }
    }
    at += length;
  }
  for (const interfaces of configurations.values()) interfaces.sort((a, b) => a.number - b.number);
  return {
    vendorId: bytes.readUInt16LE(8),
    productId: bytes.readUInt16LE(10),
    deviceClass: bytes.readUInt8(4),
    configurations,
    firstPower: firstPower ?? 0,
  };
}
