import type { EntryLine, JournalEntry } from "./types.ts";

export interface RingBounds {
  readonly entries: number;
  /** Of all lines together. */
  readonly bytes: number;
}

/**
 * What was journalled last, oldest first, as much as fits. Seqs only rise. Entries are kept as bytes: as an object, with all its
 * data, one takes several times as much memory.
 */
export class Ring {
  readonly #bounds: RingBounds;
  #kept: (EntryLine | undefined)[] = [];
  /** Index of the oldest one still kept; the array is cut only when half of it is empty, so that a push stays cheap. */
  #first = 0;
  #bytes = 0;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  /** Takes the entry as its line of JSON; the oldest make room for it. */
  push({ seq, port, topic, time }: JournalEntry, line: string): void {
    const bytes = Buffer.from(line);
    this.#kept.push({ seq, port, topic, timeMs: Date.parse(time), line: bytes });
    this.#bytes += bytes.length;
    while (this.#kept.length - this.#first > this.#bounds.entries || this.#bytes > this.#bounds.bytes) this.#drop();
    if (this.#first > this.#kept.length / 2) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Null: it is empty. */
  oldest(): EntryLine | null {
    return this.#kept[this.#first] ?? null;
  }

  /** All with a seq above `since`, oldest first. */
  *after(since: number): Generator<EntryLine> {
    const kept = this.#kept;
    let low = this.#first;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((kept[middle] as EntryLine).seq <= since) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < kept.length; index += 1) yield kept[index] as EntryLine;
  }

  #drop(): void {
    this.#bytes -= this.#kept[this.#first]?.line.length ?? 0;
    this.#kept[this.#first] = undefined;
    this.#first += 1;
  }
}
