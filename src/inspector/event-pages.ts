import type { EntryFilter, EntryLine, Journal } from "../journal/types.ts";
import type { Rounds } from "./rounds.ts";

/** Entries handed on at once: small enough not to hold up the event loop. */
const PAGE = 500;

export interface EventQuery extends EntryFilter {
  /** Entries newer than this seq. Without it and without `from`, what is in memory; with either, what only the disk has too. */
  readonly since?: number;
  /** Only the newest so many of what is there at the start. */
  readonly limit?: number;
  /** Goes on with what happens next, until `gone` is aborted. */
  readonly follow: boolean;
}

interface Reader {
  /** By which followers are told of news. */
  readonly rounds: Rounds;
  readonly gone: AbortSignal;
  /** In ms. */
  readonly patienceMs: number;
  readonly onStuck: () => void;
}

type Page = readonly EntryLine[];

/**
 * The journal as pages of entries, pulled by a reader at its own speed. Memory and disk are the only buffers: a slow reader
 * costs no memory. One that has not taken a page for `patienceMs`, or follows and has fallen behind what memory keeps, makes
 * `onStuck` be called; it can come back with the last seq that it had.
 */
export async function* eventPages(journal: Journal, query: EventQuery, reader: Reader): AsyncGenerator<Page> {
  const { rounds, gone, patienceMs, onStuck } = reader;
  let last = 0;

  async function* past(): AsyncGenerator<Page> {
    let since = query.since ?? 0;
    while (onlyOnDisk(journal, query, since)) {
      const before = journal.span().oldest;
      yield* journal.older({ ...query, since, before });
      since = before - 1;
    }
    last = journal.span().newest;
    yield journal.lines({ ...query, since });
  }
  async function* paged(entries: Page): AsyncGenerator<Page> {
    for (let start = 0; start < entries.length && !gone.aborted; start += PAGE) {
      const stuck = setTimeout(onStuck, patienceMs);
      try {
        yield entries.length <= PAGE ? entries : entries.slice(start, start + PAGE);
      } finally {
        clearTimeout(stuck);
      }
    }
  }

  if (query.limit !== undefined) yield* paged(await newestOf(past(), query.limit));
  else for await (const page of past()) yield* paged(page);
  while (query.follow) {
    const until = await rounds.next(last, gone);
    if (until === null) return;
    if (journal.span().oldest > last + 1) return onStuck();
    yield* paged(rounds.news(query, last, until));
    last = until;
  }
}

function onlyOnDisk(journal: Journal, query: EventQuery, since: number): boolean {
  if (query.since === undefined && query.from === undefined) return false;
  const { oldest, oldestMs } = journal.span();
  return since + 1 < oldest && !(query.from !== undefined && oldestMs !== null && oldestMs <= query.from);
}

async function newestOf(pages: AsyncIterable<Page>, limit: number): Promise<Page> {
  let kept: Page = [];
  for await (const page of pages) {
    const all = [...kept, ...page];
    kept = all.slice(Math.max(0, all.length - limit));
  }
  return kept;
}
