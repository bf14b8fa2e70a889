import { expect, it } from "vitest";
import { Capacities } from "../../../src/link/capacities.ts";
import type { UplinkId } from "../../../src/net/types.ts";

const LINKS = [
  { id: "1-1" as UplinkId, interface: "wan1-1" },
  { id: "1-2" as UplinkId, interface: "wan1-2" },
];

/** Two links that receive at these rates (bytes a second) for so long, looked at each second. */
class Traffic {
  readonly told: Readonly<Record<string, number>>[] = [];
  readonly capacities: Capacities;
  readonly #received = new Map(LINKS.map((link) => [link.interface, { rxBytes: 0 }]));
  #seconds = 0;

  constructor(remembered: Readonly<Record<string, number>> = {}) {
    this.capacities = new Capacities(remembered, (rates) => this.told.push(rates));
    this.capacities.follow(LINKS);
  }

  flow(rates: readonly number[], seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      for (const [index, link] of LINKS.entries()) {
        const rxBytes = (this.#received.get(link.interface)?.rxBytes ?? 0) + (rates[index] ?? 0);
        this.#received.set(link.interface, { rxBytes });
      }
      this.#seconds += 1;
      this.capacities.look(this.#received, this.#seconds * 1_000);
    }
  }
}

it("what links were seen to carry is told of once all is known, and not again while it stays so", () => {
  const traffic = new Traffic();
  traffic.flow([100_000, 300_000], 20);
  traffic.flow([101_000, 297_000], 1_800);
  expect(traffic.told).toEqual([{ "1-1": 100_000, "1-2": 300_000 }]);
  expect(traffic.capacities.rates).toEqual(traffic.told[0]);
});

it("a link that swings each minute changes the weights a few times an hour, and not each minute", () => {
  const traffic = new Traffic();
  for (let minute = 0; minute < 60; minute++) traffic.flow([minute % 2 === 0 ? 100_000 : 60_000, 300_000], 60);
  expect(traffic.told.length).toBeLessThan(6);
});

it("what is remembered counts from the start, also of a link that is not there", () => {
  const traffic = new Traffic({ "1-1": 100_000, "1-9": 5_000 });
  expect(traffic.capacities.rates).toEqual({ "1-1": 100_000, "1-9": 5_000 });
  traffic.flow([0, 200_000], 60);
  expect(traffic.told).toEqual([{ "1-1": 100_000, "1-2": 200_000, "1-9": 5_000 }]);
});

it("an interface that is gone, or back from a redial, does no harm", () => {
  const traffic = new Traffic();
  traffic.flow([100_000, 100_000], 20);
  traffic.capacities.follow(LINKS.slice(1));
  traffic.capacities.look(new Map(), 21_000);
  traffic.capacities.follow(LINKS);
  traffic.flow([100_000, 100_000], 200);
  expect(traffic.told).toHaveLength(1);
});
