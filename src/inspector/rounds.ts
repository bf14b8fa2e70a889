import type { EntryFilter, EntryLine, Journal } from "../journal/types.ts";

/**
 * From the beginning of one round to that of the next, and from the first news to its round, in ms: a burst then costs each follower
 * one write, and what the machines do about an event is mostly done before anybody is told of it.
 */
const ROUND_MS = 200;
const AFTER_NEWS_MS = 25;

type Page = readonly EntryLine[];

interface Waiting {
  readonly last: number;
  readonly resolve: (until: number | null) => void;
}

/**
 * Tells followers of the journal that there is news: in rounds, and all of a round the same. One follower in a turn of the event
 * loop, so that what has to be done meanwhile waits for one of them and not for all; and one turn after the other, so that a
 * round is soon over. A timer while there is news, and none while there is not.
 */
export class Rounds {
  readonly #journal: Journal;
  readonly #unfollow: () => void;
  readonly #waiting = new Set<Waiting>();
  /** Those of the round under way who have not had their turn. */
  #turns: Waiting[] = [];
  #until = 0;
  #timer: NodeJS.Timeout | null = null;
  #isTelling = false;
  #begunAt = Number.NEGATIVE_INFINITY;
  #shared: { readonly since: number; readonly until: number; readonly page: Page } | null = null;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#unfollow = journal.follow(() => {
      if (this.#waiting.size > 0) this.#beginSoon();
    });
  }

  /** Resolves in this follower's turn with the seq up to which it is to be told, which is above `last`; null: it has gone. */
  next(last: number, gone: AbortSignal): Promise<number | null> {
    return new Promise((resolve) => {
      const follower: Waiting = {
        last,
        resolve: (until) => {
          this.#waiting.delete(follower);
          gone.removeEventListener("abort", leave);
          resolve(until);
        },
      };
      const leave = (): void => follower.resolve(null);
      if (gone.aborted) {
        resolve(null);
        return;
      }
      gone.addEventListener("abort", leave);
      this.#waiting.add(follower);
      if (this.#journal.span().newest > last) this.#beginSoon();
    });
  }

  /** The entries of a turn. Followers without a filter, who are most, share one page of them. */
  news(filter: EntryFilter, since: number, until: number): Page {
    const read = (): Page => this.#journal.lines({ ...filter, since }).filter(({ seq }) => seq <= until);
    if (isFilter(filter)) return read();
    if (this.#shared?.since !== since || this.#shared.until !== until) this.#shared = { since, until, page: read() };
    return this.#shared.page;
  }

  /** Who waits is not told any more; he goes with his connection. */
  close(): void {
    this.#unfollow();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#shared = null;
  }

  #beginSoon(): void {
    if (this.#timer !== null || this.#isTelling) return;
    const wait = Math.max(AFTER_NEWS_MS, this.#begunAt + ROUND_MS - performance.now());
    this.#timer = setTimeout(() => this.#begin(), wait);
  }

  #begin(): void {
    this.#timer = null;
    this.#isTelling = true;
    this.#begunAt = performance.now();
    this.#until = this.#journal.span().newest;
    this.#turns = [...this.#waiting];
    this.#turn();
  }

  #turn(): void {
    // Who has gone meanwhile, or has no news in this round, has no turn.
    const isDue = (each: Waiting): boolean => this.#waiting.has(each) && each.last < this.#until;
    let next = this.#turns.shift();
    while (next !== undefined && !isDue(next)) next = this.#turns.shift();
    if (next === undefined) this.#end();
    else {
      next.resolve(this.#until);
      setImmediate(() => this.#turn());
    }
  }

  /** Who came during the round, or was told and came back, has waited for the next one. */
  #end(): void {
    this.#isTelling = false;
    this.#turns = [];
    const { newest } = this.#journal.span();
    if ([...this.#waiting].some(({ last }) => last < newest)) this.#beginSoon();
  }
}

function isFilter({ port, topics, from, to, text }: EntryFilter): boolean {
  return [port, topics, from, to, text].some((part) => part !== undefined);
}
