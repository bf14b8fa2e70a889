import type { PortPath, UsbDevice } from "../../src/hotplug/types.ts";
import type { RuleBook } from "../../src/rules/types.ts";
import type { SwitchMode } from "../../src/usb/types.ts";
import type { Failure } from "../failure.ts";

/** What the config and the operator's own commands say of a port; read anew whenever it matters. */
export interface PortSettings {
  /** For a modem. */
  readonly enabled: boolean;
  /** How long at most a link that is taken away on purpose may wait for its connections to end, in ms; 0: not at all. */
  readonly drainMs: number;
}

/** What is heard of a link that is drained. */
export type DrainEvent =
  /** How many connections are left that are worth waiting for; said anew when it has changed. */
  | { type: "drain.counted"; left: number }
  /** They cannot be counted; nothing more is said. */
  | { type: "drain.failed"; failure: Failure };

/** All that a port machine may do to or ask of the world. */
export interface PortEffects {
  readonly rules: RuleBook;
  /** Serial drivers of the kernel that bind to modems only, so that their ttys may be probed with AT. */
  readonly modemDrivers: readonly string[];
  readonly switchMode: SwitchMode;
  settings(port: PortPath): PortSettings;
  /** Remembers over restarts that a hand disabled or enabled this port. */
  /** The same for a radio in it. */
  radioEnabled(port: PortPath): boolean;
  /** Whether a device of which no driver has made anything is a WiFi dongle, by its strings, udev's and the kernel's tables. */
  isWifi(device: UsbDevice, signal: AbortSignal): Promise<boolean>;
  setEnabled(port: PortPath, enabled: boolean): void;
  /** Counts the connections on the link of this port, until the returned function is called. */
  watchDrain(port: PortPath, emit: (event: DrainEvent) => void): () => void;
  /** Name of the network interface that a modem in this port gets. */
  interfaceFor(port: PortPath): string;
}
