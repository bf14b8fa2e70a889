import type { UplinkId } from "../../net/types.ts";

/**
 * What the kernel keeps of fragments that came before their turn (Linux, drivers/net/ppp/ppp_generic.c, PPP_MP_MAX_QLEN
 * is 128), in bytes. A busy bundle mostly sends whole packets; 1000 bytes leave room for those that it cuts.
 */
const REORDER_BYTES = 128 * 1_000;

/** A member as it was measured. */
export interface MemberMeasure {
  /** Its link's name. */
  readonly id: UplinkId;
  /** What its link can carry, bytes a second. */
  readonly rate: number;
  /** How long an answer takes over it, there and back, with what waits before it in the network's queues (member-echo.ts). */
  readonly echoMs: number;
}

/**
 * What a bundle of these members carries, in bytes a second: the sum of their rates, unless the kernel's queue for fragments that
 * wait for earlier ones is too short. What comes over the fastest member waits there for what was sent before it over the slowest
 * one; when it overflows, the kernel gives up those that are late, and TCP takes that for loss. So no more than a queue's content
 * fits into the difference between the members' delays, which is at most that of their echoes.
 */
export function expectedRate(members: readonly MemberMeasure[]): number {
  if (members.length === 0) return 0;
  const echoes = members.map((member) => member.echoMs);
  const skewMs = Math.max(...echoes) - Math.min(...echoes);
  const sum = members.reduce((total, member) => total + member.rate, 0);
  return skewMs <= 0 ? sum : Math.min(sum, (REORDER_BYTES * 1_000) / skewMs);
}

/** The members of the subset that carries most; of two that carry the same, the larger one. Pure; at most 2^8 are compared. */
export function bestMembers(members: readonly MemberMeasure[]): readonly MemberMeasure[] {
  // The best subset has no gap when ordered by delay: whoever lies between two members costs nothing.
  const ordered = members.toSorted((a, b) => a.echoMs - b.echoMs);
  let best: readonly MemberMeasure[] = [];
  let bestRate = -1;
  for (let from = 0; from < ordered.length; from++) {
    for (let to = from + 1; to <= ordered.length; to++) {
      const subset = ordered.slice(from, to);
      const rate = expectedRate(subset);
      if (rate < bestRate || (rate === bestRate && subset.length <= best.length)) continue;
      best = subset;
      bestRate = rate;
    }
  }
  return best;
}
