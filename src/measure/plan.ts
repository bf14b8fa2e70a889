import type { Bounds, Path, Plan, PlannedRun } from "./types.ts";

export interface PlanOptions {
  /** Ids of the links to be measured. */
  readonly links: readonly string[];
  readonly repetitions: number;
  /** At once, where there are many. */
  readonly connections: number;
  readonly bounds: Bounds;
}

const PAUSE_SECONDS = 2;

/** The path over all links at once. */
export const TOGETHER = "together";

/**
 * Each link with one connection and with many, then all links together with many: one connection is on one link, so there
 * is nothing to measure of it over several. All paths in turn, again and again, so that what changes with time changes all alike.
 */
export function planOf({ links, repetitions, connections, bounds }: PlanOptions): Plan {
  const alone = links.map((link): Path => ({ name: link, links: [link] }));
  const kinds = [
    ...alone.flatMap((path) => [
      { path, connections: 1 },
      { path, connections },
    ]),
    ...(links.length < 2
      ? []
      : [{ path: { name: TOGETHER, links }, connections: Math.max(connections, links.length) }]),
  ];
  const runs = Array.from({ length: repetitions }, (_, index): PlannedRun[] =>
    kinds.map((kind) => ({ ...kind, repetition: index + 1 })),
  );
  return { bounds, pauseSeconds: PAUSE_SECONDS, runs: runs.flat() };
}

/** What the plan may cost: bytes over all links, the most that one of them may have to carry, and seconds. */
export function costOf({ runs, bounds, pauseSeconds }: Plan): { bytes: number; bytesOfOne: number; seconds: number } {
  const links = [...new Set(runs.flatMap(({ path }) => path.links))];
  const ofEach = links.map((link) => runs.filter(({ path }) => path.links.includes(link)).length * bounds.bytes);
  return {
    bytes: runs.length * bounds.bytes,
    bytesOfOne: Math.max(0, ...ofEach),
    seconds: runs.length * (bounds.seconds + pauseSeconds),
  };
}
