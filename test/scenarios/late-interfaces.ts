import type { Box } from "../bus/box.ts";

/**
 * Whether the kernel gives drivers to the interfaces of what is plugged in from now on (Documentation/usb/authorization.rst).
 * Without, their ttys come when `bindInterface` says so.
 */
export async function bindNewInterfaces(box: Box, isBound: boolean): Promise<void> {
  const bus = box.bus.port(1).split("-")[0];
  await box.guest.writeFile(`/sys/bus/usb/devices/usb${bus}/interface_authorized_default`, isBound ? "1" : "0");
}

/** Resolves when the kernel knows this interface of what sits in the port. */
export async function untilInterface(box: Box, port: string, number: number): Promise<void> {
  const script = `for i in $(seq 200); do [ -e /sys/bus/usb/devices/${port}:1.${number} ] && exit; sleep 0.1; done; exit 1`;
  await box.guest.exec(["sh", "-c", script]);
}

/** Lets the kernel find its driver. */
export async function bindInterface(box: Box, port: string, number: number): Promise<void> {
  await box.guest.writeFile(`/sys/bus/usb/devices/${port}:1.${number}/authorized`, "1");
  await box.guest.writeFile("/sys/bus/usb/drivers_probe", `${port}:1.${number}`);
}
