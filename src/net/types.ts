import { type PortPath, parsePortPath } from "../hotplug/types.ts";

/** What an uplink is known by for as long as it lasts: its modem's port, or the name of an interface that exists without us. */
export type UplinkId = PortPath | InterfaceId;

/** The name of a network interface that the config names as an uplink, e.g. `eth0`. Never of a port path's form. */
export type InterfaceId = string & { readonly __brand: "InterfaceId" };

/** The text as an uplink's name, or null when it is none. An interface's name as the config may have it: at most 15 characters. */
export function parseUplinkId(text: string): UplinkId | null {
  return parsePortPath(text) ?? (/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(text) ? (text as InterfaceId) : null);
}

/** A global IPv6 address of each interface that has one, by the interface's name. */
export type Ipv6Addresses = Readonly<Record<string, string>>;

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
  /** Our global IPv6 address on it, which is point-to-point then; absent: it carries IPv4 only. */
  readonly address6?: string;
}

/** A link's part of the new connections, relative to the other shares beside it. */
export interface Share {
  readonly slot: number;
  /** 1–1000. */
  readonly weight: number;
}

/** Which connections a rule is about: all that it says must fit, and what it leaves open fits any. */
export interface TrafficMatch {
  /** IPv4 address or network, e.g. `192.0.2.0/24`, without host bits; null: anywhere. */
  readonly to: string | null;
  readonly protocol: "tcp" | "udp" | "icmp" | null;
  /** Destination ports, 1–65535, sorted, apart from each other; empty: any. Of TCP and of UDP where there is no protocol. */
  readonly ports: readonly PortRange[];
}

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Where connections of a kind go: over these links by their shares (sorted by slot), to all that share the pool, or nowhere. */
export interface Pin {
  readonly match: TrafficMatch;
  readonly over: readonly Share[] | "pool" | "nowhere";
}

/** The bundle, as far as the balancer's rules and routes have a part in it. */
export interface DesiredBundle {
  /** IPv4. What the gateway itself sends there begins at a member. */
  readonly concentrator: string;
  /** Slots of its links, the fastest first: a connection begins there, and at the next one when that has gone. */
  readonly members: readonly number[];
  /** The proxy of ours that takes TCP into it; absent: there is none. */
  readonly proxy?: {
    /** IPv4 of ours, and the port, at which it listens. */
    readonly address: string;
    readonly port: number;
    /** New TCP connections from the LAN that no rule pins go to it. */
    readonly carries: boolean;
    /** What the gateway itself sends to this address of the loopback network goes to it in any case. */
    readonly probe: { readonly address: string; readonly port: number };
  };
}

/** What the kernel should hold, whole. Two equal values render to equal texts. */
export interface DesiredNetwork {
  /** Interface the LAN's clients arrive on, e.g. `lan-br`. It need not exist yet. */
  readonly lan: string;
  /** Balance each new connection by itself, or keep each LAN host on one link. */
  readonly by: "connection" | "host";
  /** The config names interfaces that others configure, whose default routes are in the main table whether they are up here or not. */
  readonly othersDefault?: boolean;
  /** The LAN's IPv6 network, e.g. `fd12:3456:789a::/64`; absent: no link has had IPv6 so far. */
  readonly lanPrefix?: string;
  /** All that are up, sorted by slot: what goes over one of them already goes on. */
  readonly uplinks: readonly DesiredUplink[];
  /** Those of them that get new connections, sorted by slot. */
  readonly pick: readonly Share[];
  /** New connections that do not go as `pick` says; the first that fits decides. */
  readonly pins: readonly Pin[];
  /** Absent: there is no bundle. */
  readonly bundle?: DesiredBundle;
}

/** Makes the kernel agree. */
export interface NetworkReconciler {
  /**
   * Has the kernel load the modules that a full rule set needs, which takes a slow computer a second: better at the
   * start than when the first link waits for it. Never rejects; an `apply` meanwhile waits for it.
   */
  prepare(): Promise<void>;
  /**
   * Which slot each link has that an earlier agent left in the kernel, by its interface. Only asks. Rejects as `apply` does.
   */
  slots(): Promise<ReadonlyMap<string, number>>;
  /**
   * Idempotent. Order on the way in: routes and rules, then the pick chain; on the way out: the pick chain,
   * then routes and rules, then the gone links' conntrack entries. Rejects with FailureError SystemRefused
   * or ProgramMissing; then the kernel holds either the state before or the new one, never half a rule set.
   */
  apply(desired: DesiredNetwork): Promise<void>;
  /**
   * How the kernel differs from this, which was applied before: a phrase each, none if it does not. Reads only, beside
   * whatever else is being done; when that changed something meanwhile, it has nothing to tell. An `apply` after it mends all.
   */
  verify(desired: DesiredNetwork): Promise<readonly string[]>;
  /**
   * Calls `touched` when somebody may have changed something of ours in the kernel: rules, routes, the table, a sysctl,
   * or an interface that went down or came up, which loses its routes. The returned function ends that.
   */
  watch(touched: () => void): () => Promise<void>;
  /** Removes every object that carries our mark and puts the sysctls back as they were before our first apply. */
  restore(): Promise<void>;
  /** Ends helper processes. */
  close(): Promise<void>;
}
