/** More than what the bundle says to itself over each of its links, in bytes a second. */
const IDLE_BYTES = 1_500;
/** Two looks that are nearer to each other say little. */
const LEAST_SECONDS = 0.4;

/** Whether somebody uses the bundle, by what its links carry. */
export class Usage {
  #bytes = 0;
  #atMs = Number.NEGATIVE_INFINITY;
  #isUsed = true;

  /** `carried` is how many bytes each link has carried so far. */
  look(carried: readonly number[], atMs: number): boolean {
    const seconds = (atMs - this.#atMs) / 1_000;
    if (seconds < LEAST_SECONDS) return this.#isUsed;
    const bytes = carried.reduce((sum, each) => sum + each, 0);
    this.#isUsed = (bytes - this.#bytes) / seconds > IDLE_BYTES * carried.length;
    this.#bytes = bytes;
    this.#atMs = atMs;
    return this.#isUsed;
  }
}
