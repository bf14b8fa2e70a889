import type { PortPath } from "../hotplug/types.ts";
import type { JournalEntry } from "../journal/types.ts";

/** An entry with its time in ms, as it is asked for often. */
export interface Noted {
  readonly at: number;
  readonly entry: JournalEntry;
}

/** More than an agent's memory holds; beyond it the oldest quarter goes. */
const MOST = 20_000;

/** What the page knows of the journal, oldest first, by port. */
export class History {
  readonly #most: number;
  #all: Noted[] = [];
  #byPort = new Map<PortPath, Noted[]>();
  #ofGateway: Noted[] = [];
  /** Raised with each change, so that what is derived from it need not be made anew. */
  version = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Takes entries that follow each other; those that it has already are passed over. */
  add(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.seq <= this.lastSeq) continue;
      const noted = { at: Date.parse(entry.time), entry };
      this.#all.push(noted);
      this.#file(noted);
    }
    if (this.#all.length > this.#most) this.#forget();
    this.version += 1;
  }

  /** Takes what was before all that it has. */
  addEarlier(entries: readonly JournalEntry[]): void {
    const first = this.#all[0]?.entry.seq ?? 0;
    const earlier = entries.filter(({ seq }) => seq < first).map((entry) => ({ at: Date.parse(entry.time), entry }));
    this.#all = [...earlier, ...this.#all].slice(-this.#most);
    this.#fileAll();
    this.version += 1;
  }

  clear(): void {
    this.#all = [];
    this.#fileAll();
    this.version += 1;
  }

  get lastSeq(): number {
    return this.#all.at(-1)?.entry.seq ?? 0;
  }

  /** When what is known begins; null: nothing is. */
  get beginsAt(): number | null {
    return this.#all[0]?.at ?? null;
  }

  get all(): readonly Noted[] {
    return this.#all;
  }

  ports(): readonly PortPath[] {
    return [...this.#byPort.keys()];
  }

  of(port: PortPath): readonly Noted[] {
    return this.#byPort.get(port) ?? [];
  }

  /** What belongs to no port, and the changes of the pool, whosever they are. */
  ofGateway(): readonly Noted[] {
    return this.#ofGateway;
  }

  #file(noted: Noted): void {
    const { port, topic } = noted.entry;
    if (port === null || topic === "network") this.#ofGateway.push(noted);
    if (port === null) return;
    const list = this.#byPort.get(port);
    if (list === undefined) this.#byPort.set(port, [noted]);
    else list.push(noted);
  }

  #forget(): void {
    this.#all = this.#all.slice(this.#all.length - Math.ceil(this.#most * 0.75));
    this.#fileAll();
  }

  #fileAll(): void {
    this.#byPort.clear();
    this.#ofGateway = [];
    for (const noted of this.#all) this.#file(noted);
  }
}

/** How many of them, which are in the order of time, are not later than `at`. */
export function countUntil(noted: readonly { readonly at: number }[], at: number): number {
  let low = 0;
  let high = noted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((noted[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
