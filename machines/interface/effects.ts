import type { InterfaceId } from "../../src/net/types.ts";
import type { Link, LinkEvent, Rank, WatchedLink } from "../uplinks/effects.ts";

/**
 * What an interface that others configure is good for, worst first. `absent`: there is none of that name; `down`: nobody has
 * set it up; `unplugged`: no carrier; `unaddressed`: no IPv4 address; `unrouted`: no default route of the main table leads
 * through it; `clashing`: its addresses are the LAN's, so that nobody could tell which way to send.
 */
export type InterfaceCondition =
  | { readonly condition: "absent" | "down" | "unplugged" | "unaddressed" | "unrouted" }
  | { readonly condition: "clashing"; readonly address: string; readonly lan: string }
  | { readonly condition: "ready"; readonly link: Link };

/** Told at first, and then whenever something may have changed. */
export type InterfaceEvent = { readonly type: "interface.seen" } & InterfaceCondition;

/** A running watch on an interface. */
export interface InterfaceWatch {
  /** Looks and tells, although nothing was heard of. */
  look(): void;
  end(): void;
}

/** All that the machine of an interface may do to the world: it only looks. Its owner is the one who set it up. */
export interface InterfaceEffects {
  /** Those that the config names now. */
  configured(): readonly InterfaceId[];
  /** What the config says of this one's part in the pool. */
  rank(id: InterfaceId): Rank;
  watchInterface(id: InterfaceId, emit: (event: InterfaceEvent) => void): InterfaceWatch;
  watchLink(input: WatchedLink, emit: (event: LinkEvent) => void): () => void;
}
