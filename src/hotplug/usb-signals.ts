import type { NodeUsb, NodeUsbDevice } from "../usb/node-usb.ts";
import { portOf } from "../usb/port-of.ts";
import type { PortPath } from "./types.ts";

/**
 * Attach and detach as the `usb` package tells them. It hears them from udev, when udev's rules have run, so
 * they are the second source: slower than the kernel's own events, but with no process to lose.
 * The returned function ends it.
 */
export function watchUsb(
  usb: NodeUsb,
  handlers: { attached(port: PortPath, address: number): void; detached(port: PortPath, address: number): void },
): () => void {
  const report = (to: (port: PortPath, address: number) => void) => (event: { device: NodeUsbDevice }) => {
    const port = portOf(event.device);
    if (port !== null) to(port, event.device.address);
  };
  const connect = report(handlers.attached);
  const disconnect = report(handlers.detached);
  usb.addEventListener("connect", connect);
  usb.addEventListener("disconnect", disconnect);
  return () => {
    usb.removeEventListener("connect", connect);
    usb.removeEventListener("disconnect", disconnect);
  };
}
