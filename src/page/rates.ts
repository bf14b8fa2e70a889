/** What went over an interface within the time before `at`, in bytes a second. */
export interface Rate {
  readonly at: number;
  readonly rx: number;
  readonly tx: number;
}

interface Counted {
  readonly at: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Rates of interfaces from their counters, as they are looked at now and then; the last ten minutes of them. */
export class RateBook {
  readonly #keepMs: number;
  readonly #last = new Map<string, Counted>();
  readonly #rates = new Map<string, readonly Rate[]>();

  constructor(keepMs = 600_000) {
    this.#keepMs = keepMs;
  }

  note(name: string, now: Counted): void {
    const before = this.#last.get(name);
    this.#last.set(name, now);
    if (before === undefined || now.at <= before.at) return;
    // A new interface of the same name counts from zero.
    if (now.rxBytes < before.rxBytes || now.txBytes < before.txBytes) return;
    const seconds = (now.at - before.at) / 1000;
    const rx = (now.rxBytes - before.rxBytes) / seconds;
    const tx = (now.txBytes - before.txBytes) / seconds;
    const kept = (this.#rates.get(name) ?? []).filter(({ at }) => at > now.at - this.#keepMs);
    this.#rates.set(name, [...kept, { at: now.at, rx, tx }]);
  }

  of(name: string): readonly Rate[] {
    return this.#rates.get(name) ?? [];
  }
}
