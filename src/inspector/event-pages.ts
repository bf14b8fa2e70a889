import type { PortPath } from "../hotplug/types.ts";
import type { Journal, JournalEntry } from "../journal/types.ts";

/** Entries turned into text at once: small enough not to hold up the event loop. */
const PAGE = 100;

export interface EventQuery {
  /** Entries newer than this seq; without it, all that is in memory. */
  readonly since?: number;
  readonly port?: PortPath;
  /** Only the newest so many of what is there at the start. */
  readonly limit?: number;
  /** Goes on with what happens next, until `gone` is aborted. */
  readonly follow: boolean;
}

/**
 * The journal as pages of entries, pulled by a reader at its own speed. The ring is the only buffer: a slow reader costs
 * no memory, and one that has not taken a page for `patienceMs` makes `onStuck` be called.
 */
export async function* eventPages(
  journal: Journal,
  query: EventQuery,
  reader: { readonly gone: AbortSignal; readonly patienceMs: number; readonly onStuck: () => void },
): AsyncGenerator<readonly JournalEntry[]> {
  const port = query.port === undefined ? {} : { port: query.port };
  let wake = (): void => {};
  let news = false;
  const unfollow = journal.follow((entry) => {
    if (query.port !== undefined && entry.port !== query.port) return;
    news = true;
    wake();
  });
  const onGone = (): void => wake();
  reader.gone.addEventListener("abort", onGone);

  async function* paged(entries: readonly JournalEntry[]): AsyncGenerator<readonly JournalEntry[]> {
    for (let start = 0; start < entries.length && !reader.gone.aborted; start += PAGE) {
      const stuck = setTimeout(reader.onStuck, reader.patienceMs);
      try {
        yield entries.slice(start, start + PAGE);
      } finally {
        clearTimeout(stuck);
      }
    }
  }

  try {
    const first = journal.read({ ...port, ...(query.since === undefined ? {} : { since: query.since }) });
    const wanted = query.limit === undefined ? first : first.slice(Math.max(0, first.length - query.limit));
    let last = first.at(-1)?.seq ?? query.since ?? 0;
    yield* paged(wanted);
    while (query.follow && !reader.gone.aborted) {
      news = false;
      const next = journal.read({ ...port, since: last });
      if (next.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (news || reader.gone.aborted) resolve();
        });
        continue;
      }
      last = next.at(-1)?.seq ?? last;
      yield* paged(next);
    }
  } finally {
    unfollow();
    reader.gone.removeEventListener("abort", onGone);
  }
}
