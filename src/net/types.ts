import type { PortPath } from "../hotplug/types.ts";

/** One link as the kernel should see it. */
export interface DesiredUplink {
  /** 1–250, stable per port: names the link's fwmark, routing table and rule priorities. */
  readonly slot: number;
  readonly port: PortPath;
  /** Kernel interface name, at most 15 characters. */
  readonly interface: string;
  /** Our IPv4 address on it. */
  readonly address: string;
  /** Share of new connections relative to the other links, 1–1000. 0: routed, but gets no new connections. */
  readonly weight: number;
}

/** What the kernel should hold, whole. Two equal values render to equal texts. */
export interface DesiredNetwork {
  /** Interface the LAN's clients arrive on, e.g. `lan-br`. It need not exist yet. */
  readonly lan: string;
  /** Balance each new connection by itself, or keep each LAN host on one link. */
  readonly by: "connection" | "host";
  /** Sorted by slot. */
  readonly uplinks: readonly DesiredUplink[];
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
