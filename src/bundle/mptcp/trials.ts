import type { UplinkId } from "../../net/types.ts";

/** What the bundle carries is looked at over so long: a little less than whole looks of half a second, as timers are not exact. */
const WINDOW_MS = 2_900;
/** A window in which nobody looked for so long (the computer slept) says nothing. */
const TORN_MS = 10_000;
/** Less, in bytes a second, and nobody waits for it. */
const BUSY_RATE = 30_000;
/** A look that saw all members together carry less: nobody waits for anything. What a slow member holds up waits for what that carries. */
const IDLE_RATE = 3_000;
/** Busy windows in a row before the first doubt. A download begins in the first, over a late link for seconds: any trial would show a gain over that. */
const SETTLED = 3;
/** So many of them are remembered: a minute. */
const REMEMBERED = 20;
/** A bundle that carries less than this part of what the others have shown may be better off without a member. */
const SHORT = 0.9;
/** Only one that carries no more than this part of the sum is tried without, so little is lost by it; one that carries nothing holds up nothing. */
const SMALL = 0.25;
const LEAST_RATE = 1_000;
/** Without it, the others have to carry so many times what all did. */
const GAIN = 1.1;
/** Windows without it, and with it again: the first one has what had waited before. */
const TRIAL = 3;
/** How long a member stays aside the first time, each further time twice as long; such a time without, and it counts as the first again. */
const ASIDE_MS = 60_000;
const CALM_MS = 300_000;
/** How long it is not doubted after a trial that showed no gain; after each further one twice as long. */
const TRUST_MS = 60_000;
const LONGEST_MS = 30 * 60_000;
/** What a member has shown counts a little less after each busy window: half after three minutes. */
const FORGET = 0.99;

/** A member, and what its interface has carried so far, either way. */
export interface MemberCounter {
  readonly id: UplinkId;
  readonly bytes: number;
  /** What it was seen to carry, in bytes a second; null: not known yet. */
  readonly rate: number | null;
}

/** What is remembered of one link; from the first doubt on. */
interface Standing {
  /** Until when it is not a member; null: it is one. */
  readonly asideUntilMs: number | null;
  /** How often it was set aside since it was last calm. */
  readonly times: number;
  /** Since when it is a member again. */
  readonly sinceMs: number;
  /** Trials in a row that showed no gain, and until when there is no other. */
  readonly vain: number;
  readonly trustedUntilMs: number;
}

interface Trial {
  readonly id: UplinkId;
  /** The most that all carried in one of the last windows with it, and in the minute before, in bytes a second. */
  readonly before: number;
  readonly best: number;
  /** What the others carried since, window by window. */
  readonly without: readonly number[];
  /** It is a member again, and this is what all have carried since; null: it is not. */
  readonly again: readonly number[] | null;
}

/** How the members of a bundle stand. */
export interface Trials {
  readonly startMs: number;
  readonly bytes: ReadonlyMap<UplinkId, number>;
  /** The last look, and what all members had carried then. */
  readonly looked: { readonly atMs: number; readonly bytes: number };
  /** The sums of busy windows in a row, with the same members. */
  readonly sums: readonly number[];
  /** The most that each was seen to carry in a window. */
  readonly shown: ReadonlyMap<UplinkId, number>;
  readonly trial: Trial | null;
  readonly standings: ReadonlyMap<UplinkId, Standing>;
}

const NEW: Standing = { asideUntilMs: null, times: 0, sinceMs: 0, vain: 0, trustedUntilMs: Number.NEGATIVE_INFINITY };

export const NO_TRIALS: Trials = {
  startMs: Number.NEGATIVE_INFINITY,
  bytes: new Map(),
  looked: { atMs: Number.NEGATIVE_INFINITY, bytes: 0 },
  sums: [],
  shown: new Map(),
  trial: null,
  standings: new Map(),
};

/** Links that are not to be members now: set aside, or on trial. */
export function asideIn({ trial, standings }: Trials): readonly UplinkId[] {
  const aside = [...standings].flatMap(([id, { asideUntilMs }]) => (asideUntilMs === null ? [] : [id]));
  return (trial === null || trial.again !== null ? aside : [...aside, trial.id]).toSorted();
}

/** What to tell a person of what has changed. */
export function changeTexts(before: Trials, now: Trials): readonly string[] {
  const [was, is] = [asideIn(before), asideIn(now)];
  const isAside = ({ standings }: Trials, id: UplinkId): boolean => standings.get(id)?.asideUntilMs != null;
  return [
    ...is
      .filter((id) => isAside(now, id) && !isAside(before, id))
      .map((id) => `${id} is set aside: the bundle carries more without it`),
    ...was.filter((id) => !is.includes(id)).map((id) => `${id} is in the bundle again`),
    ...is
      .filter((id) => now.trial?.id === id && before.trial?.id !== id)
      .map((id) => `the bundle is tried without ${id}: it carries less than its links have shown`),
  ];
}

/**
 * What one more look at the members teaches. What waits for a slow member holds up all that comes after it, since a connection's bytes arrive
 * in order; how much that costs depends on the kernel's queues at the other end, and cannot be known from here. So it is tried: when the
 * bundle carries less than its others have shown, it goes without the member that carries least for some seconds; where that
 * carries a tenth more the member stays aside, for a minute first, and twice as long each further time. Where all together carried as much
 * not long ago, more may only have been wanted just then: the member comes back, and has to show once more that it does harm.
 */
export function lookAtMembers(before: Trials, members: readonly MemberCounter[], atMs: number): Trials {
  const looked = { atMs, bytes: members.reduce((total, { bytes }) => total + bytes, 0) };
  const back = { ...takeBack(before, atMs), looked };
  const passedMs = atMs - back.startMs;
  const isSame = hasMembers(back, members) && members.every(({ id, bytes }) => bytes >= (back.bytes.get(id) ?? 0));
  const isIdle = (looked.bytes - before.looked.bytes) * 1_000 < IDLE_RATE * (atMs - before.looked.atMs);
  if (isSame && !isIdle && passedMs < WINDOW_MS) return back;
  const next = { ...back, startMs: atMs, bytes: new Map(members.map(({ id, bytes }) => [id, bytes])) };
  // The one on trial has left or come back, as it should; after any other change a comparison would say nothing.
  if (!isSame) return { ...next, sums: [], trial: isMoveOf(back, members) ? back.trial : null };
  const rates = new Map(members.map(({ id, bytes }) => [id, ((bytes - (back.bytes.get(id) ?? 0)) * 1_000) / passedMs]));
  const sum = [...rates.values()].reduce((total, rate) => total + rate, 0);
  // Nobody wants more, or nobody looked: nothing was shown.
  if (isIdle || sum < BUSY_RATE || passedMs > TORN_MS) return { ...next, sums: [], trial: null };
  const seen = { ...next, sums: [...back.sums, sum].slice(-REMEMBERED), shown: shownBy(back.shown, rates) };
  if (seen.trial === null) return doubt(seen, members, rates, atMs);
  // Leaving and coming back take a moment.
  return rates.has(seen.trial.id) === (seen.trial.again !== null) ? judge(seen, seen.trial, sum, atMs) : seen;
}

function hasMembers({ bytes }: Pick<Trials, "bytes">, members: readonly MemberCounter[]): boolean {
  return members.length === bytes.size && members.every(({ id }) => bytes.has(id));
}

/** Whether the member on trial is all that has come or gone. */
function isMoveOf({ bytes, trial }: Trials, members: readonly MemberCounter[]): boolean {
  const ids = new Set(members.map(({ id }) => id));
  const moved = [...new Set([...bytes.keys(), ...ids])].filter((id) => ids.has(id) !== bytes.has(id));
  return moved.length === 1 && moved[0] === trial?.id;
}

function doubt(
  now: Trials,
  members: readonly MemberCounter[],
  rates: ReadonlyMap<UplinkId, number>,
  atMs: number,
): Trials {
  if (now.sums.length < SETTLED || members.length < 2) return now;
  const before = Math.max(...now.sums.slice(1 - SETTLED));
  const known = ({ id, rate }: MemberCounter): number => Math.max(rate ?? 0, now.shown.get(id) ?? 0);
  const all = members.reduce((total, member) => total + known(member), 0);
  const rateOf = ({ id }: MemberCounter): number => rates.get(id) ?? 0;
  const [least] = members
    .filter(({ id }) => (now.standings.get(id) ?? NEW).trustedUntilMs <= atMs)
    .filter((member) => rateOf(member) >= LEAST_RATE && rateOf(member) <= before * SMALL)
    .filter((member) => before < SHORT * (all - known(member)))
    .toSorted((a, b) => rateOf(a) - rateOf(b));
  return least === undefined
    ? now
    : { ...now, sums: [], trial: { id: least.id, before, best: Math.max(...now.sums), without: [], again: null } };
}

function judge(now: Trials, trial: Trial, sum: number, atMs: number): Trials {
  const sums = [...(trial.again ?? trial.without), sum];
  const grown = trial.again === null ? { ...trial, without: sums } : { ...trial, again: sums };
  if (sums.length < TRIAL) return { ...now, trial: grown };
  const without = Math.min(...grown.without.slice(1));
  const isMoreThan = (rate: number): boolean => without >= rate * GAIN;
  if (trial.again !== null) return settle(now, trial.id, isMoreThan(Math.max(...sums.slice(1))), atMs);
  if (!isMoreThan(trial.before)) return settle(now, trial.id, false, atMs);
  return isMoreThan(trial.best) ? settle(now, trial.id, true, atMs) : { ...now, trial: { ...grown, again: [] } };
}

function settle(now: Trials, id: UplinkId, doesHarm: boolean, atMs: number): Trials {
  const old = now.standings.get(id) ?? NEW;
  const standing = doesHarm ? setAside(old, atMs) : { ...old, ...trusted(old.vain, atMs), sinceMs: atMs };
  return { ...now, sums: [], trial: null, standings: new Map(now.standings).set(id, standing) };
}

function setAside(old: Standing, atMs: number): Standing {
  const times = atMs - old.sinceMs >= CALM_MS ? 0 : old.times;
  return { ...old, times: times + 1, vain: 0, asideUntilMs: atMs + Math.min(ASIDE_MS * 2 ** times, LONGEST_MS) };
}

function trusted(vain: number, atMs: number): Pick<Standing, "vain" | "trustedUntilMs"> {
  return { vain: vain + 1, trustedUntilMs: atMs + Math.min(TRUST_MS * 2 ** vain, LONGEST_MS) };
}

/** Members whose time aside is over. */
function takeBack(before: Trials, atMs: number): Trials {
  const isOver = ({ asideUntilMs }: Standing): boolean => asideUntilMs !== null && asideUntilMs <= atMs;
  if (![...before.standings.values()].some(isOver)) return before;
  const standings = [...before.standings].map(
    ([id, each]) => [id, isOver(each) ? { ...each, asideUntilMs: null, sinceMs: atMs } : each] as const,
  );
  return { ...before, standings: new Map(standings) };
}

function shownBy(
  before: ReadonlyMap<UplinkId, number>,
  rates: ReadonlyMap<UplinkId, number>,
): ReadonlyMap<UplinkId, number> {
  return new Map([...rates].map(([id, rate]) => [id, Math.max(rate, (before.get(id) ?? 0) * FORGET)]));
}
