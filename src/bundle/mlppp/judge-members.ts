import type { UplinkId } from "../../net/types.ts";
import { bestMembers, expectedRate, type MemberMeasure } from "./expected-rate.ts";

/** A bundle that would carry a tenth more without a member is better off without it. */
const GAIN = 1.1;
/** Looks in a row that have to say so: one echo may be late by chance. */
const LOOKS = 3;
/** How long a member stays aside the first time; each further time twice as long. */
const ASIDE_MS = 60_000;
const LONGEST_ASIDE_MS = 30 * 60_000;
/** Such a time without a fault, and the next one counts as the first again. */
const CALM_MS = 5 * 60_000;

/** What is remembered of one member. */
export interface MemberStanding {
  /** Looks in a row at which the bundle would have been better off without it. */
  readonly drags: number;
  /** When it is tried again; null: it is a member. */
  readonly asideUntilMs: number | null;
  /** How often it was set aside since it was last calm. */
  readonly times: number;
  /** Since when it is a member, or aside. */
  readonly sinceMs: number;
}

export type Standings = ReadonlyMap<UplinkId, MemberStanding>;

/**
 * Who is a member after one more look. `known` are all whose link is up, or was; `measures` those members of which enough is known.
 * A member is set aside when three looks in a row say that the others alone would carry a tenth more (`expectedRate`). What a
 * link does that carries nothing cannot be measured, so it comes back after a time, which doubles from a minute to half an hour.
 */
export function judgeMembers(
  before: Standings,
  known: readonly UplinkId[],
  measures: readonly MemberMeasure[],
  atMs: number,
): Standings {
  const best = bestMembers(measures);
  const isWorth = measures.length > 0 && expectedRate(best) > expectedRate(measures) * GAIN;
  const dragging = new Set(isWorth ? measures.filter((measure) => !best.includes(measure)).map(({ id }) => id) : []);
  return new Map(
    known.map((id) => [id, judgeMember(before.get(id) ?? newcomer(atMs), dragging.has(id), atMs)] as const),
  );
}

/** Those who belong into the bundle. */
export function membersIn(standings: Standings): readonly UplinkId[] {
  return [...standings].filter(([, { asideUntilMs }]) => asideUntilMs === null).map(([id]) => id);
}

/** Whether one of them would have been better left out, and the next looks decide. */
export function isInDoubt(standings: Standings): boolean {
  return [...standings.values()].some(({ drags }) => drags > 0);
}

/** Those who are set aside. */
export function asideIn(standings: Standings): readonly UplinkId[] {
  return [...standings].filter(([, { asideUntilMs }]) => asideUntilMs !== null).map(([id]) => id);
}

function newcomer(atMs: number): MemberStanding {
  return { drags: 0, asideUntilMs: null, times: 0, sinceMs: atMs };
}

function judgeMember(before: MemberStanding, isDragging: boolean, atMs: number): MemberStanding {
  const { asideUntilMs, sinceMs } = before;
  if (asideUntilMs !== null) {
    return atMs < asideUntilMs ? before : { ...before, drags: 0, asideUntilMs: null, sinceMs: atMs };
  }
  const times = atMs - sinceMs >= CALM_MS ? 0 : before.times;
  const drags = isDragging ? before.drags + 1 : 0;
  if (drags < LOOKS) return { ...before, drags, times };
  const lastsMs = Math.min(ASIDE_MS * 2 ** times, LONGEST_ASIDE_MS);
  return { drags: 0, asideUntilMs: atMs + lastsMs, times: times + 1, sinceMs: atMs };
}
