import type { UsbDevice } from "../../hotplug/types.ts";

/**
 * What the name of a database file says (usb-modeswitch-data's README, "Explanation about config file names"):
 * `vvvv:pppp`, then any number of `:attribute=text`. `vvvv:#linux` is a fallback for all products of a vendor.
 */
export interface EntryName {
  readonly file: string;
  /** `vvvv:pppp`, or `vvvv:#linux`. */
  readonly id: string;
  readonly filters: readonly EntryFilter[];
}

/** Attributes of the USB device (manufacturer, product, serial), or of SCSI INQUIRY, which are not known here. */
interface EntryFilter {
  readonly attribute: "uMa" | "uPr" | "uSe" | "sVe" | "sMo" | "sRe";
  readonly text: string;
}

const NAME = /^([0-9a-f]{4}:(?:[0-9a-f]{4}|#linux))((?::(?:uMa|uPr|uSe|sVe|sMo|sRe)=[^:=]{1,100}){0,8})$/;

/** The name taken apart, or null when the file is not an entry (a backup, `new.lst`, …). */
export function parseEntryName(file: string): EntryName | null {
  const [, id, filters] = NAME.exec(file) ?? [];
  if (id === undefined || filters === undefined) return null;
  return {
    file,
    id,
    filters: filters
      .split(":")
      .slice(1)
      .map((filter) => ({ attribute: filter.slice(0, 3) as EntryFilter["attribute"], text: filter.slice(4) })),
  };
}

/**
 * Whether the entry is meant for this device: every filter's text is part of the attribute, `_` also standing for a
 * space. `unknown`: the USB attributes fit, but a SCSI attribute would have to be asked for.
 */
export function fits(name: EntryName, device: UsbDevice): "yes" | "no" | "unknown" {
  let scsi = false;
  for (const { attribute, text } of name.filters) {
    const value = usbAttribute(attribute, device);
    if (value === null) scsi = true;
    else if (!value.includes(text) && !value.includes(text.replaceAll("_", " "))) return "no";
  }
  return scsi ? "unknown" : "yes";
}

function usbAttribute(attribute: EntryFilter["attribute"], device: UsbDevice): string | null {
  if (attribute === "uMa") return device.manufacturer;
  if (attribute === "uPr") return device.product;
  return attribute === "uSe" ? device.serial : null;
}
