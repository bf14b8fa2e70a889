import { readdir } from "node:fs/promises";
import { FailureError } from "../../machines/failure.ts";
import type { MonitorOptions } from "../process/kept-monitor.ts";
import { loadNodeUsb } from "../usb/node-usb.ts";
import { PortBook } from "./port-book.ts";
import { RadioBook } from "./radio-book.ts";
import { readDevice } from "./sysfs-device.ts";
import { readOtherRadios, readUsbRadio } from "./sysfs-radio.ts";
import { readTtys } from "./tty-links.ts";
import { watchTtyRoot } from "./tty-watch.ts";
import { type HotplugEvent, type PortPath, parsePortPath } from "./types.ts";
import { runUdevMonitor } from "./udev-monitor.ts";
import { watchUsb } from "./usb-signals.ts";

export interface HotplugOptions {
  /** Where udev names the serial ports: `<ttyRoot>/<port>/if<NN>`, symbolic links. Default `/dev/wanherd`. */
  readonly ttyRoot?: string;
  /** Default `/sys`; tests have one of their own. */
  readonly sysfs?: string;
  /** Default `/run/udev`. */
  readonly udev?: string;
  /** How `udevadm monitor` is run; null: not at all. */
  readonly monitor?: MonitorOptions | null;
  /** False: without the `usb` package's events. */
  readonly nodeUsb?: boolean;
  /** Told when a source of events is missing or had to be started anew. */
  readonly notice?: (message: string) => void;
}

/** A running watch. */
export interface HotplugWatch {
  /** Ends it: when this resolves, no event follows and nothing of it is left. */
  close(): Promise<void>;
  /** Looks at every port anew and reports what differs from what is known. */
  rescan(): Promise<void>;
}

/**
 * Reports USB devices, their serial ports and radios, and the radios that are no USB device's, as they come and go, and
 * first, as the same events, what is there already. Resolves when all that was there has been reported; `emit` must not throw. Root hubs are not reported, hubs are.
 *
 * Three sources say that something happened: the kernel's events (`udevadm monitor`), the `usb` package, and chokidar
 * on the folder of tty names. What is there is read from sysfs (see PortBook for why that makes doubles harmless).
 * Rejects with SystemRefused when the folder cannot be watched.
 */
export async function watchHotplug(
  options: HotplugOptions,
  emit: (event: HotplugEvent) => void,
): Promise<HotplugWatch> {
  const { ttyRoot = "/dev/wanherd", sysfs = "/sys", udev = "/run/udev", notice = () => {} } = options;
  const book = new PortBook(
    {
      readDevice: (port, known) => readDevice(sysfs, port, known),
      readTtys: (device) => readTtys(sysfs, ttyRoot, device),
      readRadio: (device) => readUsbRadio({ sysfs, udev }, device),
    },
    emit,
  );
  const radios = new RadioBook(() => readOtherRadios({ sysfs, udev }), emit);
  const rescan = async (): Promise<void> => {
    const present = await presentPorts(sysfs);
    // Shallow ports first: a hub is reported before what sits in it.
    const ports = [...new Set([...present, ...book.occupied()])].sort((a, b) => a.length - b.length);
    await Promise.all([...ports.map((port) => book.look(port)), radios.look()]);
  };

  // Subscribe first, then enumerate.
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([book.close(), radios.close()]);
    await Promise.all(closers.splice(0).map((closer) => closer()));
  };
  try {
    closers.push(await watchTtyRoot(ttyRoot, (port) => void book.look(port)));
  } catch (cause) {
    throw new FailureError("SystemRefused", `cannot watch ${ttyRoot}: ${String(cause)}`, { tried: "inotify", cause });
  }
  if (options.monitor !== null) {
    const monitor = runUdevMonitor(
      {
        signal: (signal) => {
          if (signal.type === "bound") book.arrived(signal.port, signal.address);
          else if (signal.type === "removed") book.removed(signal.port, signal.address);
          else if (signal.port === null) void radios.look();
          // Before a device is bound its interfaces come one by one; only a later change is news.
          else if (book.occupied().includes(signal.port)) void book.look(signal.port);
        },
        listening: () => void rescan(),
        notice,
      },
      options.monitor,
    );
    closers.push(monitor);
  }
  if (options.nodeUsb !== false) {
    try {
      const usb = await loadNodeUsb();
      // Its addEventListener lists the devices itself and leaves a failure of that unhandled, as on a kernel without USB.
      await usb.getDevices();
      closers.push(
        watchUsb(usb, {
          attached: (port, address) => book.arrived(port, address),
          detached: (port, address) => book.removed(port, address),
        }),
      );
    } catch (cause) {
      notice(`the usb package does not work here: ${String(cause)}`);
    }
  }
  await rescan();
  return { close, rescan };
}

/** Every port that holds a device now: `usb1` (root hubs) and `1-1:1.0` (interfaces) are in the same folder. */
async function presentPorts(sysfs: string): Promise<readonly PortPath[]> {
  const names = await readdir(`${sysfs}/bus/usb/devices`).catch(() => []);
  return names.map(parsePortPath).filter((port) => port !== null);
}
