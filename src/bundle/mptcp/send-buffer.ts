/** The least that a subflow may hold: two round trips of a 3G link. */
const LEAST_BYTES = 256 * 1024;
/** The most: a second of 16 MB/s. */
const MOST_BYTES = 16 * 1024 * 1024;
/**
 * While nothing is known: enough for 2 MB/s at a round trip of 0.1 s, so that more comes to be known, and more is allowed, within seconds; and so
 * little that what one of two links of 120 kB/s leaves behind has come anew within 2.3 s (docs/measurements.md).
 */
export const UNKNOWN_BYTES = 384 * 1024;
/** What the fastest link carries in so many seconds. */
const SECONDS = 1;
/** A smaller difference is not worth a change. */
const WORTH = 0.2;

/**
 * How much one subflow may hold (the last of tcp_wmem, tcp(7); memory, of which the bytes themselves are about 60 %), where the fastest link
 * carries `fastest` bytes a second; null: not known. The kernel gives all that there is to a subflow as soon as it has room, far ahead
 * of what its link carries, whatever tcp_notsent_lowat says: so all of it waits before what is lost with another link, and is
 * sent once more. Less than a round trip of the fastest link, and that one is not filled.
 */
export function sendBufferOf(fastest: number | null): number {
  if (fastest === null) return UNKNOWN_BYTES;
  return Math.min(Math.max(Math.round(fastest * SECONDS), LEAST_BYTES), MOST_BYTES);
}

export function isWorthAnother(now: number, wanted: number): boolean {
  return Math.abs(wanted - now) >= now * WORTH;
}

/** Of rates in bytes a second, null where not known. */
export function fastestOf(rates: readonly (number | null)[]): number | null {
  const known = rates.filter((rate) => rate !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** How the gateway tells the concentrator, which cannot know it, with each heartbeat: a line with kB/s, empty while not known. */
export function renderFastest(fastest: number | null): string {
  return fastest === null ? "\n" : `${Math.min(Math.round(fastest / 1_000), 999_999)}\n`;
}

/** Bytes a second; null where it is anything else. */
export function parseFastest(line: string): number | null {
  const kBytes = /^([0-9]{1,6})\n$/.exec(line)?.[1];
  return kBytes === undefined ? null : Number(kBytes) * 1_000;
}
