import { within } from "../process/bounds.ts";

/** How long the agent's end waits for one thing. What that holds open goes with the process. */
const STEP_MS = 10_000;

/** A part of the agent that is ended, by what a person calls it. */
export type EndStep = readonly [what: string, end: () => unknown];

/**
 * Ends one part after the other. One that fails, or takes longer than `stepMs`, is told of and passed over: nobody at the box could do
 * anything about it, and those after it, the journal last, are still to be written out. Never rejects.
 */
export async function endInOrder(
  steps: readonly EndStep[],
  tell: (text: string) => void,
  stepMs = STEP_MS,
): Promise<void> {
  for (const [what, end] of steps) {
    try {
      await within(Promise.resolve(end()), { ms: stepMs, late: () => new Error(`within ${stepMs} ms; passed over`) });
    } catch (error) {
      tell(`${what}: not ended: ${(error as Error).message}`);
    }
  }
}
