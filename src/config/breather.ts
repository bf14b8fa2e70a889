import { setImmediate } from "node:timers/promises";

/** Well below the 20 ms that the event loop may be held up, since one step of the work may follow the look at the clock. */
const HOLD_MS = 5;

/**
 * For long work in small steps: await the returned function between steps, and the event loop gets its turn whenever
 * it has been held for 5 ms. Costs next to nothing the other times.
 */
export function createBreather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < HOLD_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
