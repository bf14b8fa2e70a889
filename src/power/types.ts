import type { HubFacts, HubPath, PortPath } from "../hotplug/types.ts";

/** A device as far as its power matters. */
export interface Consumer {
  readonly port: PortPath;
  /** For a person; printable and short. */
  readonly name: string;
  /** bMaxPower, in mA: the most that it may ever draw. */
  readonly milliamps: number;
  /** Missing: it is no hub. */
  readonly hub?: HubFacts;
}

/** What the config says of supplies: mA by hub, for those whose supply is known better than USB can tell it. */
export type Supplies = Readonly<Record<string, number>>;

/** A hub with what it has to feed. */
export interface HubPower {
  readonly hub: HubPath;
  /** Whence it has its power: `board` a root hub, `bus` the hub above it, `own` a supply of its own. */
  readonly source: "board" | "bus" | "own";
  readonly drawnMilliamps: number;
  readonly budgetMilliamps: number;
  readonly portMilliamps: number;
  /** By how much the sum, or what single ports ask for, is too much. 0: it is within its budget. */
  readonly overMilliamps: number;
  /** What hangs on it directly; a hub that is fed through it counts with all that hangs on that. */
  readonly devices: readonly { readonly port: PortPath; readonly name: string; readonly milliamps: number }[];
}

/** Modems that lost their power, as far as can be told from outside. */
export interface BrownOut {
  /** The nearest hub that all of them hang on. */
  readonly hub: HubPath;
  /** The last of it, in ms. */
  readonly atMs: number;
  readonly kind: "together" | "repeated";
  readonly modems: readonly { readonly port: PortPath; readonly name: string }[];
  /** `repeated`: how often, within the last five minutes. */
  readonly times: number;
}

/** What is known of the machine that serves a port. */
export interface Seat {
  /** What sits there, by the rules; empty: not known. */
  readonly name: string;
  /** A modem is served there, and nothing is being done to it that makes it vanish. */
  readonly holdsStillModem: boolean;
}
