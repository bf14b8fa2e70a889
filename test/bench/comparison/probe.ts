import type { Box } from "../../bus/box.ts";
import { CLIENT } from "../../bus/carriers/addresses.ts";
import type { GuestProcess } from "../../bus/guest/guest-process.ts";

/** Between the beginnings of two connections: how exact what is found is. */
const EVERY_MS = 100;
/** After which an unanswered connection counts as failed: its first packet was lost, and TCP is about to repeat it (after 1 s). */
const PATIENCE_MS = 900;
/** So many connections in a row that are answered: by chance one link of two does not give them. */
export const STEADY = 20;
const LOOK_MS = 500;
const PROGRAM = ["ip", "netns", "exec", CLIENT, "node", "/wanherd/dist/lan-probe.js", `${EVERY_MS}`, `${PATIENCE_MS}`];

/** What became of one connection: null while it is not known. Times in ms, on the guest's clock. */
export type Attempt = { readonly startMs: number; readonly tookMs: number; readonly isAnswered: boolean } | null;

/**
 * The one eye for all contestants: the LAN's client begins a new TCP connection to the internet's server each tenth of a second, whatever
 * becomes of those before (guest/lan-probe.ts).
 */
export class LanProbe {
  readonly #program: GuestProcess;

  private constructor(program: GuestProcess) {
    this.#program = program;
  }

  /** Resolves when its first connection has ended one way or the other: the program is slow to start, and that is over then. */
  static async start(box: Box): Promise<LanProbe> {
    const program = await box.guest.start(PROGRAM, { name: "the LAN's probe" });
    await program.waitFor(/^\d/m, 60_000);
    return new LanProbe(program);
  }

  /** Milliseconds from `sinceMs` until the first answer; null: none within `boundMs`. */
  untilAnswered(sinceMs: number, boundMs: number): Promise<number | null> {
    return this.#until(sinceMs, boundMs, 1);
  }

  /** Milliseconds from `sinceMs` until a new connection is answered, and each that follows it. */
  untilSteady(sinceMs: number, boundMs: number): Promise<number | null> {
    return this.#until(sinceMs, boundMs, STEADY);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  async #until(sinceMs: number, boundMs: number, streak: number): Promise<number | null> {
    for (;;) {
      const attempts = parseAttempts(await this.#program.output());
      const isSince = (attempt: Attempt): boolean => attempt === null || attempt.startMs >= sinceMs;
      const found = firstOfStreak(attempts.filter(isSince), streak);
      if (found !== null) {
        const tookMs = found.startMs + found.tookMs - sinceMs;
        return tookMs <= boundMs ? tookMs : null;
      }
      // All that was begun within the bound, and what its streak would need, is known by then.
      const lastMs = attempts.at(-1)?.startMs ?? 0;
      if (lastMs > sinceMs + boundMs + STEADY * EVERY_MS + PATIENCE_MS) return null;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/** The program's lines, by the number of the connection. */
export function parseAttempts(output: string): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const [, number, startMs, tookMs, sign] of output.matchAll(/^(\d+) (\d+\.\d) (\d+\.\d) ([+-])$/gm)) {
    while (attempts.length <= Number(number)) attempts.push(null);
    attempts[Number(number)] = { startMs: Number(startMs), tookMs: Number(tookMs), isAnswered: sign === "+" };
  }
  return attempts;
}

/** The first of so many answered connections in a row; null while there is none, or while one before it may yet be answered. */
export function firstOfStreak(attempts: readonly Attempt[], streak: number): Attempt {
  let first = 0;
  for (const [place, attempt] of attempts.entries()) {
    if (attempt === null && streak > 1) return null;
    if (!attempt?.isAnswered) first = place + 1;
    else if (place - first + 1 === streak) return attempts[first] ?? null;
  }
  return null;
}
