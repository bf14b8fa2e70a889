import type { PortPath } from "../hotplug/types.ts";

export type Topic = "event" | "transition" | "at" | "process" | "network" | "agent";

/** One thing that happened. Secrets are redacted before an entry is made. */
export interface JournalEntry {
  /** Counts up from 1 over the life of the journal's directory. */
  readonly seq: number;
  /** ISO 8601 with milliseconds. */
  readonly time: string;
  readonly port: PortPath | null;
  /** `event`, `transition`, `at`, `process`, `network`, `agent`. */
  readonly topic: Topic;
  /** What happened, e.g. `device.attached`, `modem: registering → dialling`. Printable, at most 500 characters. */
  readonly text: string;
  /** Plain, bounded data beside it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An entry as whoever saw something hands it in. */
export type NewEntry = Omit<JournalEntry, "seq" | "time">;

/** Which entries are wanted; what is not named does not matter. */
export interface EntryFilter {
  readonly port?: PortPath;
  readonly topics?: ReadonlySet<Topic>;
  /** Not before and not after, in ms since 1970. */
  readonly from?: number;
  readonly to?: number;
  /** Part of the text, in any case. */
  readonly text?: string;
}

/** An entry as it is kept: what filters ask most, and its line of JSON without the newline. */
export interface EntryLine extends Pick<JournalEntry, "seq" | "port" | "topic"> {
  readonly timeMs: number;
  readonly line: Uint8Array;
}

/** Where entries go. */
export interface Journal {
  /**
   * Notes the time and puts the rest off until the event loop has done what is urgent, also the making of the entry where it
   * is given as a function (null: there is nothing to tell). Entries keep their order. Never throws.
   */
  write(entry: NewEntry | (() => NewEntry | null)): void;
  /** Entries newer than `since` (a seq), oldest first, from memory. */
  read(filter: { since?: number; port?: PortPath; limit?: number }): readonly JournalEntry[];
  /** Tells of each entry from now on, until the returned function is called. */
  follow(listener: (entry: JournalEntry) => void): () => void;
  /** As `read`, but as the lines that memory keeps: what many readers are sent costs no parsing for each. */
  lines(filter: EntryFilter & { since: number }): readonly EntryLine[];
  /**
   * Seqs of the oldest and the newest entry in memory, and the oldest's time; while there is none, `oldest` is the next one's seq
   * and `newest` the one before. What is older is on disk only.
   */
  span(): { readonly oldest: number; readonly newest: number; readonly oldestMs: number | null };
  /** What only the disk still has: entries newer than `since` and older than `before`, in pages, oldest first. Rejects never. */
  older(filter: EntryFilter & { since: number; before: number }): AsyncIterable<readonly EntryLine[]>;
  close(): Promise<void>;
}
