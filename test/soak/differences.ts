import type { Holdings } from "./holdings.ts";

/** In percent; more than this is a leak. */
const MEMORY_TOLERANCE = 10;
/** A forgotten timer of a second would add some 30 for each stick. */
const WAKEUP_TOLERANCE = 1.5;
const WAKEUP_SLACK = 30;

/** What the agent holds afterwards and did not before, or the reverse, in words; empty: nothing was left behind. */
export function differences(before: Holdings, after: Holdings): readonly string[] {
  const counts = (["processes", "handles"] as const).flatMap((kind) => {
    const names = [...new Set([...Object.keys(before[kind]), ...Object.keys(after[kind])])];
    return names
      .filter((name) => (before[kind][name] ?? 0) !== (after[kind][name] ?? 0))
      .map((name) => `${kind}: ${name}: ${before[kind][name] ?? 0} before, ${after[kind][name] ?? 0} after`);
  });
  const network = [
    ...before.network.filter((line) => !after.network.includes(line)).map((line) => `network, gone: ${line}`),
    ...after.network.filter((line) => !before.network.includes(line)).map((line) => `network, new: ${line}`),
  ];
  const growth = (100 * after.rssKb) / before.rssKb - 100;
  const memory = growth > MEMORY_TOLERANCE ? [`memory: ${growth.toFixed(1)} % more`] : [];
  const threads = before.threads === after.threads ? [] : [`threads: ${before.threads} before, ${after.threads} after`];
  const wakes =
    after.wakeups > WAKEUP_TOLERANCE * before.wakeups + WAKEUP_SLACK
      ? [`wake-ups: ${before.wakeups} before, ${after.wakeups} after`]
      : [];
  return [...counts, ...network, ...memory, ...threads, ...wakes];
}
