import type { EntryLine } from "./types.ts";

/** An entry's line of JSON. */
export function lineText({ line }: EntryLine): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString();
}
