import { type HubPath, hubsAbove, type PortPath } from "../hotplug/types.ts";
import type { BrownOut } from "./types.ts";

/** Modems that vanish within this time of each other vanished together. */
const TOGETHER_MS = 2_000;
/** A modem that was pulled out by a hand stays away longer, mostly. */
const RETURN_WITHIN_MS = 10_000;
const REPEATED_TIMES = 3;
const REPEATED_WITHIN_MS = 5 * 60_000;
/** A hub's brown-outs are news once in this time. */
const NEWS_EVERY_MS = 5 * 60_000;
/** So long one is told of in the status. */
const REMEMBERED_MS = 60 * 60_000;
/** More than any real bus has in five minutes; a device that flaps for ever must not fill the memory. */
const MOST_LOSSES = 500;

interface Loss {
  readonly port: PortPath;
  readonly name: string;
  readonly atMs: number;
  returned: boolean;
}

/**
 * Tells brown-outs from how modems come and go. A supply that is too weak shows in no register: modems vanish and come back
 * by themselves, several of a hub at once or one again and again. Times are given from outside, in ms of any steady clock.
 */
export class BrownOuts {
  #losses: readonly Loss[] = [];
  readonly #last = new Map<HubPath, BrownOut>();
  readonly #toldMs = new Map<HubPath, number>();

  /** A modem has vanished, and nothing that was being done to it explains that. */
  lost(port: PortPath, name: string, atMs: number): void {
    const recent = this.#losses.filter((loss) => atMs - loss.atMs <= REPEATED_WITHIN_MS);
    this.#losses = [...recent, { port, name, atMs, returned: false }].slice(-MOST_LOSSES);
  }

  /** Something is in the port again. Gives what that shows, where it is news. */
  returned(port: PortPath, atMs: number): BrownOut | null {
    const loss = this.#losses.findLast((each) => each.port === port);
    if (loss === undefined || loss.returned || atMs - loss.atMs > RETURN_WITHIN_MS) return null;
    loss.returned = true;
    const found = this.#together(loss, atMs) ?? this.#repeated(loss, atMs);
    if (found === null) return null;
    this.#last.set(found.hub, found);
    if (atMs - (this.#toldMs.get(found.hub) ?? Number.NEGATIVE_INFINITY) < NEWS_EVERY_MS) return null;
    this.#toldMs.set(found.hub, atMs);
    return found;
  }

  /** The last brown-out of a hub, for an hour. */
  of(hub: HubPath, nowMs: number): BrownOut | null {
    const last = this.#last.get(hub);
    return last === undefined || nowMs - last.atMs > REMEMBERED_MS ? null : last;
  }

  /** All who vanished with this one, below the nearest hub on which at least two of those who are back hang. */
  #together(loss: Loss, atMs: number): BrownOut | null {
    const near = this.#losses.filter((each) => Math.abs(each.atMs - loss.atMs) <= TOGETHER_MS);
    for (const hub of hubsAbove(loss.port)) {
      const modems = new Map(near.filter(({ port }) => hubsAbove(port).includes(hub)).map((each) => [each.port, each]));
      if ([...modems.values()].filter(({ returned }) => returned).length < 2) continue;
      return { hub, atMs, kind: "together", modems: [...modems.values()].map(named), times: 1 };
    }
    return null;
  }

  #repeated(loss: Loss, atMs: number): BrownOut | null {
    const times = this.#losses.filter(
      (each) => each.port === loss.port && each.returned && atMs - each.atMs <= REPEATED_WITHIN_MS,
    ).length;
    if (times < REPEATED_TIMES) return null;
    return { hub: hubsAbove(loss.port)[0], atMs, kind: "repeated", modems: [named(loss)], times };
  }
}

function named({ port, name }: Loss): BrownOut["modems"][number] {
  return { port, name };
}
