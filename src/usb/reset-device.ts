import { FailureError } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";
import { loadNodeUsb, type NodeUsb } from "./node-usb.ts";
import { portOf } from "./port-of.ts";

/**
 * Resets the USB device in a port as the kernel's USBDEVFS_RESET does (drivers/usb/core/devio.c): it keeps its address, its
 * drivers are bound anew, so its ttys vanish and come back; a modem's firmware starts from scratch.
 * Rejects: DeviceGone, DeviceRefused.
 */
export async function resetDevice(port: PortPath, load: () => Promise<NodeUsb> = loadNodeUsb): Promise<void> {
  const usb = await load();
  const device = (await usb.getDevices()).find((each) => portOf(each) === port);
  if (device === undefined) throw new FailureError("DeviceGone", `there is no device in port ${port} to reset`);
  try {
    await device.open();
    await device.reset();
  } catch (cause) {
    throw new FailureError("DeviceRefused", `the device in port ${port} did not take a USB reset: ${String(cause)}`, {
      tried: "USB reset",
      cause,
    });
  } finally {
    await device.close().catch(() => undefined);
  }
}
