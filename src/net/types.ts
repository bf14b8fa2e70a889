import type { PortPath } from "../hotplug/types.ts";

/** What an uplink is known by for as long as it lasts: its modem's port, or the name of an interface that exists without us. */
export type UplinkId = PortPath | InterfaceId;

/** The name of a network interface that the config names as an uplink, e.g. `eth0`. Never of a port path's form. */
export type InterfaceId = string & { readonly __brand: "InterfaceId" };

/** One link as the kernel should see it. */
export interface DesiredUplink {
  /** 1–250, stable per uplink: names the link's fwmark, routing table and rule priorities. */
  readonly slot: number;
  readonly id: UplinkId;
  /** Kernel interface name, at most 15 characters. */
  readonly interface: string;
  /** Our IPv4 address on it. */
  readonly address: string;
  /** IPv4 address of the router on a link that has others on it, as Ethernet; null on a point-to-point link. */
  readonly via: string | null;
}

/** A link's part of the new connections, relative to the other shares beside it. */
export interface Share {
  readonly slot: number;
  /** 1–1000. */
  readonly weight: number;
}

/** What the kernel should hold, whole. Two equal values render to equal texts. */
export interface DesiredNetwork {
  /** Interface the LAN's clients arrive on, e.g. `lan-br`. It need not exist yet. */
  readonly lan: string;
  /** Balance each new connection by itself, or keep each LAN host on one link. */
  readonly by: "connection" | "host";
  /** All that are up, sorted by slot: what goes over one of them already goes on. */
  readonly uplinks: readonly DesiredUplink[];
  /** Those of them that get new connections, sorted by slot. */
  readonly pick: readonly Share[];
}

/** Makes the kernel agree. */
export interface NetworkReconciler {
  /**
   * Has the kernel load the modules that a full rule set needs, which takes a slow computer a second: better at the
   * start than when the first link waits for it. Never rejects; an `apply` meanwhile waits for it.
   */
  prepare(): Promise<void>;
  /**
   * Idempotent. Order on the way in: routes and rules, then the pick chain; on the way out: the pick chain,
   * then routes and rules, then the gone links' conntrack entries. Rejects with FailureError SystemRefused
   * or ProgramMissing; then the kernel holds either the state before or the new one, never half a rule set.
   */
  apply(desired: DesiredNetwork): Promise<void>;
  /** Removes every object that carries our mark and puts the sysctls back as they were before our first apply. */
  restore(): Promise<void>;
  /** Ends helper processes. */
  close(): Promise<void>;
}
