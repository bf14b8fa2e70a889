import type { Traffic } from "../net/traffic.ts";
import type { DesiredUplink, UplinkId } from "../net/types.ts";
import { beginCapacity, type Capacity, isWorthAChange, learnCapacity } from "./capacity.ts";

type Rates = Readonly<Record<UplinkId, number>>;
type Followed = Pick<DesiredUplink, "id" | "interface">;

/** Learns from the links' counters what each can carry, and says seldom that it has changed. Does nothing by itself. */
export class Capacities {
  readonly #changed: (rates: Rates) => void;
  #rates: Rates;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #followed: readonly Followed[] = [];
  readonly #states = new Map<UplinkId, Capacity>();

  /** @param remembered rates of before; `changed` gets all rates, the remembered ones too. */
  constructor(remembered: Rates, changed: (rates: Rates) => void) {
    this.#rates = remembered;
    this.#changed = changed;
  }

  /** Bytes a second, by which links are to be weighed now. */
  get rates(): Rates {
    return this.#rates;
  }

  /** These are the links that are up. */
  follow(links: readonly Followed[]): void {
    this.#followed = links;
    for (const id of this.#states.keys()) if (!links.some((link) => link.id === id)) this.#states.delete(id);
  }

  /** What all interfaces have received, at this time. */
  look(traffic: ReadonlyMap<string, Pick<Traffic, "rxBytes">>, atMs: number): void {
    for (const { id, interface: name } of this.#followed) {
      const counted = traffic.get(name);
      if (counted === undefined) continue;
      const look = { atMs, rxBytes: counted.rxBytes };
      const before = this.#states.get(id);
      this.#states.set(
        id,
        before === undefined ? beginCapacity(look, this.#rates[id] ?? null) : learnCapacity(before, look),
      );
    }
    const learned = [...this.#states].flatMap(([id, { rate }]) => (rate === null ? [] : [{ id, rate }]));
    const ageMs = atMs - this.#changedAtMs;
    if (!learned.some(({ id, rate }) => isWorthAChange(this.#rates[id] ?? null, rate, ageMs))) return;
    this.#changedAtMs = atMs;
    this.#rates = { ...this.#rates, ...Object.fromEntries(learned.map(({ id, rate }) => [id, Math.round(rate)])) };
    this.#changed(this.#rates);
  }
}
