import type { PortPath, UsbDevice, UsbInterface } from "../../../src/hotplug/types.ts";

/** `08/06/50` on interface 0, the next on 1, …; `3:ff/ff/ff` names the number. */
function interfaces(list: readonly string[]): UsbInterface[] {
  return list.map((text, index) => {
    const [, number, triple = ""] = /^(?:(\d+):)?(.*)$/.exec(text) ?? [];
    const [cls = 0, subclass = 0, protocol = 0] = triple.split("/").map((part) => Number.parseInt(part, 16));
    return { number: number === undefined ? index : Number(number), class: cls, subclass, protocol };
  });
}

/** A device as the rule book sees it: `device("19d2:2000", ["08/06/50"])`. */
export function device(id: string, classes: readonly string[], more: Partial<UsbDevice> = {}): UsbDevice {
  const [vendorId = 0, productId = 0] = id.split(":").map((part) => Number.parseInt(part, 16));
  return {
    port: "1-1" as PortPath,
    address: 7,
    vendorId,
    productId,
    manufacturer: "",
    product: "",
    serial: "",
    deviceClass: 0,
    configuration: 1,
    interfaces: interfaces(classes),
    powerMilliamps: 500,
    ...more,
  };
}
