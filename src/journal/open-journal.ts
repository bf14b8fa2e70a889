import { printable } from "../../machines/failure.ts";
import { BatchWriter } from "./batch-writer.ts";
import { Deferred } from "./deferred.ts";
import { type History, JournalFiles } from "./files.ts";
import { lineText } from "./line-text.ts";
import { matches } from "./matches.ts";
import { olderPages } from "./older-pages.ts";
import { plainData } from "./plain-data.ts";
import { maskCommands, maskIdentities } from "./redact.ts";
import { Ring, type RingBounds } from "./ring.ts";
import type { EntryFilter, EntryLine, Journal, JournalEntry, NewEntry } from "./types.ts";

const MEMORY: RingBounds = { entries: 5_000, bytes: 2 * 1024 * 1024 };
const CLOSED = "journal closed";
/**
 * A run that was killed may have shown entries to followers that never reached the disk. Numbering goes on this far
 * above, more than can have been pending, so that no seq is ever given to two entries.
 */
const GAP_AFTER_CRASH = 10_000;

export interface JournalOptions {
  readonly directory: string;
  /** Bound of all files together. */
  readonly maxMegabytes: number;
  /** How old what is on disk may get, checked when something is written; default 365. */
  readonly maxDays?: number;
  /** Whether what identifies a modem, a SIM or its owner is masked from now on; default no. */
  readonly maskIdentities?: () => boolean;
  /** How far `read` can go back; default 5,000 entries and 2 MiB. */
  readonly memory?: RingBounds;
}

/**
 * Opens the journal: a ring in memory, and NDJSON files in `directory` that outlive a restart. Never rejects: where the
 * directory cannot be used, one entry of topic `agent` says so and the journal lives in memory only.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const ring = new Ring(options.memory ?? MEMORY);
  const listeners = new Set<(entry: JournalEntry) => void>();
  const files = new JournalFiles(options.directory, options.maxMegabytes * 1024 * 1024, options.maxDays);
  const mask = (text: string): string =>
    options.maskIdentities?.() ? maskIdentities(maskCommands(text)) : maskCommands(text);
  const deferred = new Deferred();
  let writer: BatchWriter | null = null;
  let seq = 0;

  const enter = ({ port, topic, text, data }: NewEntry, time: Date): void => {
    seq += 1;
    const entry: JournalEntry = {
      seq,
      time: time.toISOString(),
      port,
      topic,
      text: printable(mask(text), 500),
      ...(data === undefined ? {} : { data: plainData(data, mask) as Readonly<Record<string, unknown>> }),
    };
    const line = JSON.stringify(entry);
    ring.push(entry, line);
    writer?.add(seq, line);
    for (const listener of listeners) {
      try {
        listener(entry);
      } catch {
        // Who cannot listen is no longer told; the journal goes on.
        listeners.delete(listener);
      }
    }
  };
  const write: Journal["write"] = (entry) => {
    const time = new Date();
    deferred.add(() => {
      const made = typeof entry === "function" ? entry() : entry;
      if (made !== null) enter(made, time);
    });
  };
  const sayMemoryOnly = (error: unknown): void =>
    write({
      port: null,
      topic: "agent",
      text: `journal: cannot write to ${options.directory}, keeping it in memory only: ${error instanceof Error ? error.message : String(error)}`,
    });

  try {
    const history = await files.open();
    for (const entry of history.entries) ring.push(entry, JSON.stringify(entry));
    seq = endedCleanly(history) ? history.lastSeq : history.lastSeq + GAP_AFTER_CRASH;
    writer = new BatchWriter(files, sayMemoryOnly);
  } catch (error) {
    await files.close().catch(() => {});
    sayMemoryOnly(error);
  }

  return {
    write,
    read(filter) {
      deferred.finish();
      return select(ring, filter);
    },
    lines(filter) {
      deferred.finish();
      return [...matching(ring, filter)];
    },
    span() {
      deferred.finish();
      const oldest = ring.oldest();
      return { oldest: oldest?.seq ?? seq + 1, newest: seq, oldestMs: oldest?.timeMs ?? null };
    },
    older: (filter) => olderPages(options.directory, filter),
    follow(listener) {
      deferred.finish();
      listeners.add(listener);
      return () => {
        deferred.finish();
        listeners.delete(listener);
      };
    },
    async close() {
      if (writer !== null) write({ port: null, topic: "agent", text: CLOSED });
      deferred.finish();
      if (writer === null) return;
      const closing = writer;
      writer = null;
      await closing.close().catch(() => {});
    },
  };
}

function endedCleanly({ entries, lastSeq }: History): boolean {
  return lastSeq === 0 || entries.at(-1)?.text === CLOSED;
}

/** With `since`, `limit` keeps the oldest matches (a page to go on from); without, the newest. */
function select(ring: Ring, filter: Parameters<Journal["read"]>[0]): readonly JournalEntry[] {
  const { since, port, limit = Number.POSITIVE_INFINITY } = filter;
  const found: JournalEntry[] = [];
  for (const entry of matching(ring, { since: since ?? 0, ...(port === undefined ? {} : { port }) })) {
    if (since !== undefined && found.length >= limit) break;
    found.push(JSON.parse(lineText(entry)) as JournalEntry);
  }
  return found.length > limit ? found.slice(found.length - limit) : found;
}

function* matching(ring: Ring, filter: EntryFilter & { since: number }): Generator<EntryLine> {
  for (const entry of ring.after(filter.since)) if (matches(filter, entry)) yield entry;
}
