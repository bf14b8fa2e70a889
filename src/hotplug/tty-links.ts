import { readdir, readlink, realpath } from "node:fs/promises";
import { basename } from "node:path";
import type { Tty, UsbDevice } from "./types.ts";

/** `if01`: udev's ID_USB_INTERFACE_NUM, which is bInterfaceNumber as two hexadecimal digits. */
const LINK = /^if([0-9a-f]{2})$/;

/** Kernel names of serial ports: `ttyUSB0`, `ttyACM12`. */
const KERNEL_NAME = /^tty[A-Za-z]{1,8}[0-9]{1,4}$/;

/**
 * The serial ports that udev has named for this device, sorted by interface. A name counts only when the kernel
 * agrees: its tty must hang below that interface of the device in that port, so that a leftover name of a device
 * that was here before is not taken for one of its successor's.
 *
 * `driver` is the driver of the USB interface (`option`, `cdc_acm`), not the one on the usb-serial bus, which
 * for some is spelled differently (`option1`; drivers/usb/serial/option.c).
 */
export async function readTtys(sysfs: string, ttyRoot: string, device: UsbDevice): Promise<readonly Tty[]> {
  const directory = `${ttyRoot}/${device.port}`;
  const names = await readdir(directory).catch(() => []);
  const ttys = await Promise.all(
    names.sort().map(async (name): Promise<Tty | null> => {
      const match = LINK.exec(name);
      if (match?.[1] === undefined) return null;
      const number = Number.parseInt(match[1], 16);
      const path = `${directory}/${name}`;
      try {
        const kernelName = basename(await readlink(path));
        if (!KERNEL_NAME.test(kernelName)) return null;
        const parent = await realpath(`${sysfs}/class/tty/${kernelName}/device`);
        // `…/1-1.3/1-1.3:1.2` for cdc_acm, `…/1-1.3/1-1.3:1.2/ttyUSB2` for usb-serial.
        const owner = parent.endsWith(`/${kernelName}`) ? parent.slice(0, -kernelName.length - 1) : parent;
        if (basename(owner) !== `${device.port}:${device.configuration}.${number}`) return null;
        const driver = basename(await readlink(`${owner}/driver`));
        return { port: device.port, interface: number, path, driver };
      } catch {
        return null; // it went while we looked; its end is the next event
      }
    }),
  );
  return ttys.filter((tty) => tty !== null);
}
