import { open } from "node:fs/promises";

/**
 * Reads a file that is expected to be small. Rejects with the error of the system (`code` ENOENT, EACCES, …), or
 * with an Error that says so when the file is longer than `maxBytes`: a file put there by mistake must not fill the memory.
 */
export async function readBounded(file: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    let bytes = new Uint8Array(8192);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > maxBytes) throw new Error(`longer than ${maxBytes} bytes`);
      if (length < bytes.length) continue;
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
  } finally {
    await handle.close();
  }
}

/** Whether this error of a file operation says that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** Bytes as UTF-8 text; what is none becomes U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
