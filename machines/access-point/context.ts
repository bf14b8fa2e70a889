import type { DesiredLan } from "../../src/lan/types.ts";
import type { AllowedChannel, Neighbour, RadioId, RadioSetup, VerifiedRadio } from "../../src/radio/types.ts";
import type { DaemonReport } from "../daemon/machine.ts";
import type { Failure } from "../failure.ts";
import type { RadioReport } from "../radio/context.ts";
import type { AccessPointSettings } from "./effects.ts";

/** A radio that is fit, or serves already. */
export interface AccessPointMember {
  readonly id: RadioId;
  readonly radio: VerifiedRadio;
  /** Its own from the moment it was chosen until it leaves; null: not chosen yet. */
  readonly channel: AllowedChannel | null;
  /** What it was told to be, since hostapd last came up; null: nothing yet. */
  readonly told: RadioSetup | null;
  readonly serving: boolean;
}

export interface AccessPointContext {
  readonly settings: AccessPointSettings;
  /** In the order in which they offered themselves. */
  readonly members: readonly AccessPointMember[];
  /** What was heard of others; null: nobody has listened lately. */
  readonly neighbours: readonly Neighbour[] | null;
  /** Who listens for them now. */
  readonly surveyor: RadioId | null;
  /** Somebody was or is to be in it. */
  readonly lanWanted: boolean;
  /** The LAN that the kernel has; null: none, or not known. */
  readonly lan: DesiredLan | null;
  readonly lanFailure: Failure | null;
  readonly lanAttempts: number;
  readonly hostapdReady: boolean;
  readonly hostapdFailure: Failure | null;
  readonly ending: boolean;
}

export type AccessPointEvent =
  | RadioReport
  | DaemonReport
  | { type: "accessPoint.configured" }
  /** All radios have left; hostapd and the LAN go too. */
  | { type: "accessPoint.stop" };
