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

/** Where entries go. `write` never throws and never blocks. */
export interface Journal {
  write(entry: Omit<JournalEntry, "seq" | "time">): void;
  /** Entries newer than `since` (a seq), oldest first, from memory. */
  read(filter: { since?: number; port?: PortPath; limit?: number }): readonly JournalEntry[];
  follow(listener: (entry: JournalEntry) => void): () => void;
  close(): Promise<void>;
}
