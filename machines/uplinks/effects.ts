import type { BalancerRule } from "../../src/config/types.ts";
import type { DesiredNetwork, Ipv6Addresses, UplinkId } from "../../src/net/types.ts";
import type { Failure } from "../failure.ts";

/** A link that is up, whatever made it. */
export interface Link {
  readonly interface: string;
  /** IPv4. */
  readonly address: string;
  /** The router on a link that has others on it; absent or null on a point-to-point link. */
  readonly via?: string | null;
  /** The network's own name servers. */
  readonly dns: readonly string[];
}

/** What is to be watched: a link that is up. */
export interface WatchedLink {
  readonly id: UplinkId;
  readonly link: Link;
  /** It was dead, and has yet to show that it is not: `link.well` is told when it has. */
  readonly onProbation?: boolean;
}

/** What the watch on a link tells. */
export type LinkEvent =
  /** It loses packets, or is slow: told once, until it is well again. */
  | { readonly type: "link.suspect"; readonly failure: Failure }
  /** Ten seconds of good signs, after it was suspect or on probation. */
  | { readonly type: "link.well" }
  /** No data comes through it. Told once; the watch is over then. */
  | { readonly type: "link.dead"; readonly failure: Failure };

/** What the config or a hand says of a link's part in the pool. */
export interface Rank {
  /** `auto`: by what the link has been seen to carry. */
  readonly weight: number | "auto";
  /** 1–9. New connections go to the lowest tier that has a good link. */
  readonly tier: number;
  /** `bundle`: it is one of the links that become one, and is balanced only while those do not carry. Absent: `balance`. */
  readonly role?: Role;
}

export type Role = "balance" | "bundle";

/**
 * How far a link can be trusted. All keep the connections that they have; only a `good` one gets new ones, unless there is
 * no better. `suspect`: it loses packets, or is slow. `probation`: it was dead, and has yet to show that it is not.
 * `draining`: it is about to be taken away.
 */
export type Standing = "good" | "suspect" | "probation" | "draining";

/** What an owner of a link reports of it. */
export interface Membership {
  readonly link: Link;
  readonly rank: Rank;
  readonly standing: Standing;
}

/** A link in the pool. */
export interface Member extends Membership {
  readonly id: UplinkId;
}

/** A link that an earlier agent left up. */
export interface AdoptedMember {
  readonly member: Member;
  /** What its connections are marked with in the kernel; null: not in the kernel yet. */
  readonly slot: number | null;
  /** Its IPv6 address, where it has one. */
  readonly address6?: string | undefined;
}

/** How the pool spreads connections, by the config and by hand. */
export interface PoolSettings {
  readonly lan: string;
  readonly by: "connection" | "host";
  readonly rules: readonly BalancerRule[];
  /** Interfaces that others configure are named as uplinks. */
  readonly othersDefault?: boolean;
  /** The LAN's IPv6 network; absent or null: it is given none. */
  readonly lanPrefix?: string | null;
  /** What a hand said of links: wins over the config. */
  readonly byHand: Readonly<Record<UplinkId, Partial<Rank>>>;
  /** What links were seen to carry, in bytes a second; of some only. */
  readonly measured: Readonly<Record<UplinkId, number>>;
  /** Links that the bundle carries more without; absent: none. */
  readonly aside?: readonly UplinkId[];
}

/** Why the kernel is to hold something else: the event of the pool's machine, or `start`, or `drift`, which is put right. */
export interface PoolCause {
  readonly type: string;
  /** Whose event it was; null: of no single link. */
  readonly id: UplinkId | null;
  /** What its link can be trusted with from now on; null: it is not in the pool. */
  readonly standing: Standing | null;
}

/** All that the uplinks machine may do to the world. */
export interface UplinksEffects {
  /** Makes the kernel hold exactly this, for these reasons, oldest first. Rejects with FailureError. */
  apply(desired: DesiredNetwork, because: readonly PoolCause[]): Promise<void>;
  /** How the kernel differs from this, a phrase each; none: it does not. Reads only. Rejects with FailureError. */
  verify(desired: DesiredNetwork): Promise<readonly string[]>;
  /** Tells that the kernel is worth such a look, until the returned function is called. */
  watchKernel(emit: (event: { type: "kernel.touched" }) => void): () => void;
  /** Says that this is put right again only after a while, as somebody changes it again and again. */
  giveWay(drift: readonly string[]): void;
  /** Tells which interfaces have an IPv6 address whenever that has changed, until the returned function is called. */
  watchIpv6(emit: (addresses: Ipv6Addresses) => void): () => void;
  /** Takes everything of ours out of the kernel again. */
  restore(): Promise<void>;
  /** Read anew at each change. */
  settings(): PoolSettings;
}
