import type { PortPath } from "../hotplug/types.ts";

/** One thing that happened. Secrets are redacted before an entry is made. */
export interface JournalEntry {
  /** Counts up from 1 over the life of the journal's directory. */
  readonly seq: number;
  /** ISO 8601 with milliseconds. */
  readonly time: string;
  readonly port: PortPath | null;
  /** `event`, `transition`, `at`, `process`, `network`, `agent`. */
  readonly topic: "event" | "transition" | "at" | "process" | "network" | "agent";
  /** What happened, e.g. `device.attached`, `modem: registering → dialling`. Printable, at most 500 characters. */
  readonly text: string;
  /** Plain, bounded data beside it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An entry as whoever saw something hands it in. */
export type NewEntry = Omit<JournalEntry, "seq" | "time">;

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
  close(): Promise<void>;
}
