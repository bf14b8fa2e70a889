/** A body's bytes are this block, over and over. Its period is a prime, so that a lost or doubled packet shifts it. */
export const PATTERN = Buffer.from(Uint8Array.from({ length: 64 * 1024 }, (_, i) => i % 251));

/** Whether `bytes`, found at `offset` of a body, are what belongs there. */
export function matchesPattern(bytes: Buffer, offset: number): boolean {
  for (let done = 0; done < bytes.length; ) {
    const at = (offset + done) % PATTERN.length;
    const count = Math.min(bytes.length - done, PATTERN.length - at);
    if (bytes.compare(PATTERN, at, at + count, done, done + count) !== 0) return false;
    done += count;
  }
  return true;
}
