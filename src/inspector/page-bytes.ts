import type { EntryLine } from "../journal/types.ts";

const END_OF_LINE = Buffer.from("\n");
const END_OF_EVENT = Buffer.from("\n\n");
/** Pages whose bytes are kept: the followers of one burst are told within the same turn or two. */
const KEPT = 2;

/** Turns pages of entries into what readers are sent; followers that are told the same share the bytes of it. */
export class PageBytes {
  #kept: readonly { readonly page: readonly EntryLine[]; readonly bytes: Buffer }[] = [];

  /** Server-sent events. */
  events(page: readonly EntryLine[]): Buffer {
    const known = this.#kept.find(({ page: other }) => isSame(other, page));
    if (known !== undefined) return known.bytes;
    const bytes = Buffer.concat(
      page.flatMap(({ seq, line }) => [Buffer.from(`id: ${seq}\ndata: `), line, END_OF_EVENT]),
    );
    this.#kept = [{ page, bytes }, ...this.#kept].slice(0, KEPT);
    return bytes;
  }

  /** A line of JSON each. */
  lines(page: readonly EntryLine[]): Buffer {
    return Buffer.concat(page.flatMap(({ line }) => [line, END_OF_LINE]));
  }
}

/** By identity: memory hands the same entry to all, and a round mostly the same page. */
function isSame(a: readonly EntryLine[], b: readonly EntryLine[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
