import type { UplinkId } from "../net/types.ts";

/** How the bundle's links become one: see docs/bundle.md. */
export type EngineName = "mptcp" | "mlppp";

/** A link of the bundle that is up, and whose rules and routes are in the kernel. */
export interface BundleMember {
  readonly id: UplinkId;
  /** 1–250: its mark, table and rules (src/net/marks.ts). A local socket with its address leaves by it. */
  readonly slot: number;
  readonly interface: string;
  /** Our IPv4 address on it. */
  readonly address: string;
  /** What it was seen to carry, in bytes a second; null: not known yet. */
  readonly rate: number | null;
}

/** Where the remote server is, once its name is known. */
export interface ConcentratorAddress {
  /** As the config or the invitation names it. */
  readonly host: string;
  /** IPv4. */
  readonly address: string;
  /** Of the engine in use. */
  readonly port: number;
}

/**
 * What the bundle is to do, without its secret: `version` is another number when the secret is another one. Two equal values
 * are the same bundle, and any other one is begun anew.
 */
export interface BundleSettings {
  readonly engine: EngineName;
  readonly host: string;
  readonly port: number;
  readonly version: number;
  /** The gateway's own IPv4 address in the LAN. */
  readonly lanAddress: string;
}

/** What an engine's programs are started with. Its secret is looked up by the engine. */
export interface BundleStart {
  readonly settings: BundleSettings;
  readonly concentrator: ConcentratorAddress;
}

/** How what the LAN sends gets into the bundle. */
export type BundlePath =
  /** New TCP connections are handed to a proxy here, at this address and port. All else is balanced. */
  | { readonly kind: "proxy"; readonly address: string; readonly port: number }
  /** All new connections are routed to this interface, on which this IPv4 address is ours. */
  | { readonly kind: "interface"; readonly interface: string; readonly address: string };

/** What the pool has to know of the bundle. */
export interface BundleRoute {
  /** IPv4. Connections to it that have no address yet begin at a member. */
  readonly concentrator: string;
  /** Null: it does not carry, and its links are balanced. */
  readonly path: BundlePath | null;
  /** A connection of the gateway's own to this address goes into the path, whether it carries or not: it is how that is known. */
  readonly probe?: {
    readonly address: string;
    readonly port: number;
    readonly via: { readonly address: string; readonly port: number };
  };
}
