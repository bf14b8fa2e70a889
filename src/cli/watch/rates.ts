import type { UplinkStatus } from "../../inspector/types.ts";

/** Bytes a second, from the internet and to it. */
export interface Rate {
  readonly rx: number;
  readonly tx: number;
}

/** The counters as they were last read, and what had passed since those before. */
export interface Traffic {
  /** On a clock that only goes forward; null: never read. */
  readonly atMs: number | null;
  readonly counters: ReadonlyMap<string, Rate>;
  /** By interface; one of which only one reading is known has none. */
  readonly rates: ReadonlyMap<string, Rate>;
}

export const NO_TRAFFIC: Traffic = { atMs: null, counters: new Map(), rates: new Map() };

/** Readings that are closer together than this say more about when they were taken than about the link. */
const LEAST_MS = 900;

/** The traffic after a further reading; one that comes too soon after the last one changes nothing. */
export function readTraffic(before: Traffic, uplinks: readonly UplinkStatus[], nowMs: number): Traffic {
  const passedMs = before.atMs === null ? Number.POSITIVE_INFINITY : nowMs - before.atMs;
  if (passedMs < LEAST_MS) return before;
  const counters = new Map(uplinks.map((uplink) => [uplink.interface, { rx: uplink.rxBytes, tx: uplink.txBytes }]));
  const rates = new Map<string, Rate>();
  for (const [name, now] of counters) {
    const then = before.counters.get(name);
    // A counter that went back is that of a new link under the old name.
    if (then === undefined || now.rx < then.rx || now.tx < then.tx) continue;
    rates.set(name, { rx: ((now.rx - then.rx) * 1000) / passedMs, tx: ((now.tx - then.tx) * 1000) / passedMs });
  }
  return { atMs: nowMs, counters, rates };
}
