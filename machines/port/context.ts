import type { PortPath, Tty, UsbDevice } from "../../src/hotplug/types.ts";
import type { Identity, SwitchPlan } from "../../src/rules/types.ts";
import type { Failure } from "../failure.ts";
import type { ModemReport } from "../modem/context.ts";
import type { PppLink } from "../modem/effects.ts";
import type { Recovery } from "../modem/recovery.ts";
import type { Member } from "../uplinks/effects.ts";

/** What the agent hears of its ports. */
export type PortReport =
  | ({ readonly type: "uplink.joined" } & Member)
  | { readonly type: "uplink.left"; readonly id: PortPath }
  | { readonly type: "port.stopped"; readonly port: PortPath };

export interface PortContext {
  readonly port: PortPath;
  readonly device: UsbDevice | null;
  readonly identity: Identity | null;
  readonly ttys: readonly Tty[];
  /** The switch under way: what to send, and how often it was tried. */
  readonly switching: { readonly plan: SwitchPlan; readonly attempts: number } | null;
  /** The link of the modem in it, while online. */
  readonly link: PppLink | null;
  readonly failure: Failure | null;
  /** Where the modem stands on its ladder of recovery; kept while the device vanishes and comes back by a step of it. */
  readonly recovery: Recovery;
}

export type PortEvent =
  | { type: "device.attached"; device: UsbDevice }
  | { type: "device.detached" }
  | { type: "tty.appeared"; tty: Tty }
  | { type: "tty.vanished"; interface: number }
  | { type: "port.retry" }
  | { type: "port.disable" }
  | { type: "port.enable" }
  /** The config changed: look at the settings again. */
  | { type: "port.configured" }
  | { type: "port.stop" }
  | ModemReport;
