import type { JournalEntry } from "./types.ts";

/** An entry as bytes: as an object, with all its data, it takes several times as much memory. */
interface Kept {
  readonly seq: number;
  readonly port: JournalEntry["port"];
  readonly line: Buffer;
}

export interface RingBounds {
  readonly entries: number;
  /** Of all lines together. */
  readonly bytes: number;
}

/** What was journalled last, oldest first, as much as fits. Seqs only rise. */
export class Ring {
  readonly #bounds: RingBounds;
  #kept: (Kept | undefined)[] = [];
  /** Index of the oldest one still kept; the array is cut only when half of it is empty, so that a push stays cheap. */
  #first = 0;
  #bytes = 0;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  /** Takes the entry as its line of JSON; the oldest make room for it. */
  push({ seq, port }: JournalEntry, line: string): void {
    const bytes = Buffer.from(line);
    this.#kept.push({ seq, port, line: bytes });
    this.#bytes += bytes.length;
    while (this.#kept.length - this.#first > this.#bounds.entries || this.#bytes > this.#bounds.bytes) this.#drop();
    if (this.#first > this.#kept.length / 2) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** All entries with a seq above `since`, of this port if one is named, oldest first. */
  *after(since: number, port?: JournalEntry["port"]): Generator<JournalEntry> {
    const kept = this.#kept;
    let low = this.#first;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((kept[middle] as Kept).seq <= since) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < kept.length; index += 1) {
      const entry = kept[index] as Kept;
      if (port === undefined || entry.port === port) yield JSON.parse(entry.line.toString()) as JournalEntry;
    }
  }

  #drop(): void {
    this.#bytes -= this.#kept[this.#first]?.line.length ?? 0;
    this.#kept[this.#first] = undefined;
    this.#first += 1;
  }
}
