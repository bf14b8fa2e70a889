import type { Noted } from "./history.ts";

/** A time in which no agent ran. */
export interface Away {
  readonly from: number;
  readonly to: number;
}

/**
 * When no agent ran, by the journal: from its last words before one said that it runs, if it had said anything before. Nothing
 * is known of the ports in between, and what was known before says nothing about what is after it.
 */
export function awayTimes(all: readonly Noted[]): readonly Away[] {
  const found: Away[] = [];
  let before: Noted | null = null;
  for (const noted of all) {
    const { entry, at } = noted;
    if (entry.topic === "agent" && entry.port === null && /^wanherd \S+ runs$/.test(entry.text) && before !== null) {
      found.push({ from: before.at, to: at });
    }
    before = noted;
  }
  return found;
}
