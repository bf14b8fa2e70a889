import type { PortPath } from "../../src/hotplug/types.ts";
import type { RuleBook } from "../../src/rules/types.ts";
import type { SwitchMode } from "../../src/usb/types.ts";

/** What the config and the operator's own commands say of a port; read anew whenever it matters. */
export interface PortSettings {
  readonly enabled: boolean;
}

/** All that a port machine may do to or ask of the world. */
export interface PortEffects {
  readonly rules: RuleBook;
  /** Serial drivers of the kernel that bind to modems only, so that their ttys may be probed with AT. */
  readonly modemDrivers: readonly string[];
  readonly switchMode: SwitchMode;
  settings(port: PortPath): PortSettings;
  /** Remembers over restarts that a hand disabled or enabled this port. */
  setEnabled(port: PortPath, enabled: boolean): void;
  /** Name of the network interface that a modem in this port gets. */
  interfaceFor(port: PortPath): string;
}
