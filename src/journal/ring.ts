import type { JournalEntry } from "./types.ts";

/** The newest entries, oldest first, at most `capacity` of them. Their seqs only rise. */
export class Ring {
  readonly #capacity: number;
  #entries: JournalEntry[] = [];
  /** Index of the oldest entry still kept; the array is cut only when half of it is dead, so that a push stays cheap. */
  #first = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length - this.#first > this.#capacity) this.#first += 1;
    if (this.#first > this.#capacity) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** All entries with a seq above `since`, oldest first. */
  *after(since: number): Generator<JournalEntry> {
    const entries = this.#entries;
    let low = this.#first;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle] as JournalEntry).seq <= since) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < entries.length; index += 1) yield entries[index] as JournalEntry;
  }
}
