/** pppd: lcp.c, LCP_RTT_MAGIC and the comment above lcp_rtt_update_buffer. */
const MAGIC = 0x19450425;
const INDEX_OFFSET = 8;
const HEADER_BYTES = 16;
const ENTRY_BYTES = 8;

/** One answer to LCP's echo (RFC 1661, 5.8). */
export interface EchoTime {
  /** Seconds since 1970, as pppd notes it. */
  readonly atSec: number;
  /** There and back. */
  readonly ms: number;
  /** Requests before it that were not answered. */
  readonly lost: number;
}

/**
 * The newest answers in pppd's ring of them (pppd(8), `lcp-rtt-file`), oldest first, at most `count`. Empty when the
 * bytes are no such file, or hold no answer yet.
 */
export function parseEchoTimes(bytes: Buffer, count: number): readonly EchoTime[] {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(0) !== MAGIC) return [];
  const entries = Math.floor((bytes.length - HEADER_BYTES) / ENTRY_BYTES);
  // The index counts words, of which an entry has two.
  const newest = bytes.readUInt32BE(INDEX_OFFSET) / 2;
  if (!Number.isInteger(newest) || newest >= entries) return [];
  const times: EchoTime[] = [];
  for (let back = Math.min(count, entries) - 1; back >= 0; back--) {
    const offset = HEADER_BYTES + ((newest - back + entries) % entries) * ENTRY_BYTES;
    const atSec = bytes.readUInt32BE(offset);
    if (atSec === 0) continue;
    const word = bytes.readUInt32BE(offset + 4);
    times.push({ atSec, ms: (word & 0xffffff) / 1_000, lost: word >>> 24 });
  }
  return times;
}
