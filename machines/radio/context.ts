import type { Neighbour, RadioDevice, RadioId, RadioSetup, VerifiedRadio } from "../../src/radio/types.ts";
import type { Failure } from "../failure.ts";
import type { ServingEvent } from "./effects.ts";

export interface RadioContext {
  readonly id: RadioId;
  /** What hotplug has last seen of it. */
  readonly device: RadioDevice;
  /** Null: not (or no longer) known to be fit. */
  readonly verified: VerifiedRadio | null;
  /** What the access point wants of it; null: it was not told yet. */
  readonly setup: RadioSetup | null;
  /** MAC addresses of those that are associated. */
  readonly stations: readonly string[];
  /** Why it is rejected, or was last. */
  readonly failure: Failure | null;
  /** Failures in a row. */
  readonly attempts: number;
  /** Its owner wants it to end. */
  readonly ending: boolean;
}

/** What a radio tells of itself, for the access point. */
export type RadioReport =
  /** It is fit, and wants to be told what to do. */
  | { readonly type: "radio.offered"; readonly id: RadioId; readonly radio: VerifiedRadio }
  | { readonly type: "radio.surveyed"; readonly id: RadioId; readonly neighbours: readonly Neighbour[] }
  | { readonly type: "radio.serving"; readonly id: RadioId }
  /** It is in hostapd no longer, and its channel is free. */
  | { readonly type: "radio.withdrawn"; readonly id: RadioId };

/** What the access point tells one of its radios. */
export type RadioOrder =
  | { readonly type: "accessPoint.survey"; readonly channels: readonly number[] }
  /** Be this. Said again when something of it has changed, and when hostapd has come back. */
  | { readonly type: "accessPoint.place"; readonly setup: RadioSetup }
  /** The config has nothing that this radio could be. */
  | { readonly type: "accessPoint.refuse"; readonly failure: Failure }
  /** hostapd, or the LAN, is away: whatever was in it is no longer. */
  | { readonly type: "accessPoint.down" };

export type RadioEvent =
  | { type: "radio.appeared"; radio: RadioDevice }
  | { type: "radio.vanished" }
  | { type: "radio.retry" }
  /** Something of its interface is not as it was. */
  | { type: "interface.changed" }
  /** The config changed. */
  | { type: "radio.configured" }
  | { type: "radio.stop" }
  | RadioOrder
  | ServingEvent;
