/** The medium of a logical unit. Reading beyond its end gives null. */
export interface Medium {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly writable: boolean;
  read(block: number, count: number): Buffer | null;
  write(block: number, data: Buffer): boolean;
}

/**
 * A memory medium. Every 512 bytes of it hold their own number, over and over, as 32-bit big-endian words, so that
 * what is read somewhere tells where it was read.
 */
export function createMedium(kind: "cd-rom" | "disk", blocks: number): Medium {
  const blockBytes = kind === "cd-rom" ? 2048 : 512;
  const bytes = numberedSectors(blocks * blockBytes);
  const isInside = (block: number, count: number): boolean => block >= 0 && block + count <= blocks;
  return {
    blockBytes,
    blocks,
    writable: kind === "disk",
    read: (block, count) =>
      isInside(block, count) ? bytes.subarray(block * blockBytes, (block + count) * blockBytes) : null,
    write: (block, data) => {
      if (kind !== "disk" || !isInside(block, data.length / blockBytes)) return false;
      data.copy(bytes, block * blockBytes);
      return true;
    },
  };
}

function numberedSectors(length: number): Buffer {
  const words = new Uint32Array(length / 4);
  for (let i = 0; i < words.length; i++) words[i] = i >> 7;
  return Buffer.from(words.buffer).swap32();
}
