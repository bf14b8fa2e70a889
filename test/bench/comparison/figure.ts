import type { Box } from "../../bus/box.ts";
import type { ModemManagers } from "./managers.ts";
import type { ThesisStack } from "./thesis.ts";
import type { Wanherd } from "./wanherd.ts";

export type Participant = Wanherd | ThesisStack | ModemManagers;

/** One run's result: a figure in the row's unit, or why there is none, in words. */
export type Sample = number | string;

/** A line of the table. */
export interface Row {
  readonly key: string;
  readonly title: string;
  /** `s`: from milliseconds. */
  readonly unit: "s" | "MB" | "%";
}

/** One thing that is measured of each contestant in turn; it yields one sample for each of its rows. */
export interface Figure {
  readonly key: string;
  readonly rows: readonly Row[];
  /** How often, where nobody says; what takes minutes and varies little is measured once. */
  readonly once?: true;
  /** The contestant is not started yet; what this starts or plugs in, the caller ends and pulls out. */
  measure(box: Box, contestant: Participant): Promise<Readonly<Record<string, Sample>>>;
}

/** Of a freshly started contestant's own work, such as having modules loaded. */
const SETTLE_MS = 5_000;

export async function startReady(contestant: Participant, modems: number): Promise<void> {
  await contestant.prepare(modems);
  await contestant.start();
  await contestant.untilReady();
  await pause(SETTLE_MS);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function nowMs(box: Box): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

export function within(ms: number | null, boundMs: number): Sample {
  return ms ?? `not within ${boundMs / 1_000} s`;
}
