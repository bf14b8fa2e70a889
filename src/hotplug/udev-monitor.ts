import { keepMonitor, type MonitorOptions } from "../process/kept-monitor.ts";
import { type PortSignal, ueventReader } from "./uevents.ts";

export interface UdevMonitorHandlers {
  signal(signal: PortSignal): void;
  /** It listens (again); what happened before is not told. */
  listening(): void;
  /** Something a person should know: it cannot be started, or has ended. */
  notice(message: string): void;
}

const SUBSYSTEMS = ["usb", "net", "ieee80211", "rfkill"].map((subsystem) => `--subsystem-match=${subsystem}`);

/**
 * Keeps one `udevadm monitor` running; where it is not installed, the `usb` package's events remain. The returned function
 * ends it. The kernel's own events say what happens to USB devices, not udev's copies of them, which come when udev's rules
 * have run (measured: 20–160 ms later, and as late as its slowest rule takes); those say when an interface has its name.
 */
export function runUdevMonitor(handlers: UdevMonitorHandlers, options: MonitorOptions = {}): () => Promise<void> {
  return keepMonitor(
    {
      name: "udevadm monitor",
      command: ["udevadm", "monitor", "--kernel", "--udev", "--property", ...SUBSYSTEMS],
      ifMissing: "udevadm is not installed: unplugged devices will be noticed later",
      started: () => ({ stdout: ueventReader({ ready: handlers.listening, signal: handlers.signal }) }),
      notice: handlers.notice,
    },
    options,
  );
}
