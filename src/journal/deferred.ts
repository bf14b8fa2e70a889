/** How long one turn of the event loop may spend on put-off work, in ms. */
const SLICE_MS = 5;
/** So much at once is a flood (a modem that never stops talking): then whoever adds to it also pays for it. */
const MAX_WAITING = 1_000;

/**
 * Jobs that may wait until the event loop has done what is urgent, done in the order in which they came. To write a
 * journal costs more than the transition that it tells of; put off, it delays no link's leaving the pool.
 */
export class Deferred {
  #jobs: (() => void)[] = [];
  #isScheduled = false;

  add(job: () => void): void {
    this.#jobs.push(job);
    if (this.#jobs.length > MAX_WAITING) this.finish();
    else this.#schedule();
  }

  /** Does all that waits, now. */
  finish(): void {
    this.#run(Number.POSITIVE_INFINITY);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#run(performance.now() + SLICE_MS);
      this.#schedule();
    });
  }

  #run(until: number): void {
    const jobs = this.#jobs;
    // What a job adds comes after all that wait, and a job that asks for the end of all finds none twice.
    this.#jobs = [];
    let done = 0;
    while (done < jobs.length && performance.now() < until) jobs[done++]?.();
    if (done < jobs.length) this.#jobs = [...jobs.slice(done), ...this.#jobs];
  }
}
