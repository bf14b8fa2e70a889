import type { PortPath, Tty, UsbDevice } from "../../src/hotplug/types.ts";
import type { RadioDevice } from "../../src/radio/types.ts";
import type { Identity, SwitchPlan } from "../../src/rules/types.ts";
import type { Failure } from "../failure.ts";
import type { ModemReport } from "../modem/context.ts";
import type { Recovery } from "../modem/recovery.ts";
import type { RadioOrder, RadioReport } from "../radio/context.ts";
import type { Member, Membership } from "../uplinks/effects.ts";
import type { DrainEvent } from "./effects.ts";

/** What the agent hears of its ports. */
export type PortReport =
  | ({ readonly type: "uplink.joined" } & Member)
  | { readonly type: "uplink.left"; readonly id: PortPath }
  | RadioReport
  | { readonly type: "port.stopped"; readonly port: PortPath };

export interface PortContext {
  readonly port: PortPath;
  readonly device: UsbDevice | null;
  readonly identity: Identity | null;
  readonly ttys: readonly Tty[];
  /** The radio that a driver has made of the device. */
  readonly radio: RadioDevice | null;
  /** The switch under way: what to send, and how often it was tried. */
  readonly switching: { readonly plan: SwitchPlan; readonly attempts: number } | null;
  /** What the modem in it says of its link, while online. */
  readonly membership: Membership | null;
  /** While its link is drained: how many connections are left (null: not counted yet, or not to be told), and for how long at most. */
  readonly draining: { readonly left: number | null; readonly boundMs: number } | null;
  readonly failure: Failure | null;
  /** Where the modem stands on its ladder of recovery; kept while the device vanishes and comes back by a step of it. */
  readonly recovery: Recovery;
}

export type PortEvent =
  | { type: "device.attached"; device: UsbDevice }
  | { type: "device.detached" }
  | { type: "tty.appeared"; tty: Tty }
  | { type: "tty.vanished"; interface: number }
  | { type: "radio.appeared"; radio: RadioDevice }
  | { type: "radio.vanished" }
  | { type: "port.retry" }
  /** `now`: without waiting for the connections that its link has. */
  | { type: "port.disable"; now?: boolean }
  | { type: "port.enable" }
  /** The config changed: look at the settings again. */
  | { type: "port.configured" }
  | { type: "port.stop" }
  | DrainEvent
  | RadioOrder
  | RadioReport
  | ModemReport;
