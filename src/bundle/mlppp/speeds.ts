import { OUTER_BYTES, SEGMENT_BYTES } from "./addresses.ts";

/** What a member is taken to carry until it has shown more, in bytes a second. */
const UNKNOWN_RATE = 100_000;
/** Of the speed as pppd gets it, kbit/s: the kernel multiplies the sum of all by their number, in 32 bits (ppp_mp_explode). */
const SLOWEST = 8;
const FASTEST = 20_000_000;
/** What of a link's bytes is the stream that PPP is in: all but the headers of IP and TCP in the tunnel and of IP, UDP and WireGuard around it. */
const PAYLOAD = SEGMENT_BYTES / OUTER_BYTES;
/**
 * Of what a link carries: a queue that is filled as fast as it empties stays as long as it is. TCP's acknowledgements of what comes up, which are not
 * paced, are 1.5 % more (docs/measurements.md).
 */
const PACE = 0.98;
/** How many times a measurement what was known before may be. More, and a member that is paced so fills its link's queue. */
const BELIEVABLE = 1.15;
/** A rate that differs by so much is worth a redial. */
const WORTH = 0.2;

/** What a member is dialled with. */
export interface MemberSpeed {
  /** pppd's speed argument, which each sender's kernel cuts its packets by: a line speed in kbit/s here. */
  readonly speed: number;
  /** How fast the concentrator may send, bytes of the stream a second; null: as fast as TCP finds out. */
  readonly pace: number | null;
}

/**
 * How a link of this rate (bytes a second that it was seen to carry; null: not known) is dialled. Paced at just less than what it carries, its
 * queue in the network stays empty, and so all members are about as late: what TCP would find out by filling that queue first.
 */
export function speedOf(rate: number | null): MemberSpeed {
  const kbits = Math.round(((rate ?? UNKNOWN_RATE) * 8) / 1_000);
  return {
    speed: Math.min(Math.max(kbits, SLOWEST), FASTEST),
    pace: rate === null ? null : Math.max(Math.round(rate * PAYLOAD * PACE), 1_000),
  };
}

/**
 * What is believed of a link that was measured at this rate and is known to have carried `known` before. A measurement that is a little short of
 * that had a computer that was busy, or a beginning that was slow; one that is far short of it had another link.
 */
export function believedRate(measured: number, known: number | null): number {
  return known === null || known > measured * BELIEVABLE ? measured : Math.max(measured, known);
}

/** Whether a member that was dialled with `known` is to be dialled anew. */
export function isWorthARedial(known: MemberSpeed, now: MemberSpeed): boolean {
  if ((known.pace === null) !== (now.pace === null)) return true;
  return Math.abs(now.speed - known.speed) / known.speed >= WORTH;
}
