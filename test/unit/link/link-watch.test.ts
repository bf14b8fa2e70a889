import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LinkEvent } from "../../../machines/modem/effects.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { PROBE_BYTES } from "../../../src/link/dns-query.ts";
import { LinkWatch } from "../../../src/link/link-watch.ts";
import type { Probe } from "../../../src/link/probe.ts";

const PORT = "1-1.3" as PortPath;
const LINK = { interface: "wan1-1_3", address: "10.64.1.2", peer: null, dns: ["10.0.0.1"] };

/** A kernel with one link: probes leave by it, and come back unless it is dead. */
class World {
  readonly counters = new Map([["wan1-1_3", { rxBytes: 0, txBytes: 0 }]]);
  readonly asked: (readonly string[])[] = [];
  reads = 0;
  openProbes = 0;
  isDead = false;
  readonly watch = new LinkWatch({
    servers: () => ["9.9.9.9"],
    readTraffic: async () => {
      this.reads += 1;
      return this.counters;
    },
    readEcho: async () => null,
    openProbe: (_, servers) => this.#openProbe(servers),
  });

  #openProbe(servers: () => readonly string[]): Probe {
    this.openProbes += 1;
    let answered = false;
    return {
      send: () => {
        this.asked.push(servers());
        this.add(this.isDead ? 0 : 80, PROBE_BYTES);
        answered = !this.isDead;
      },
      takeAnswered: () => {
        const was = answered;
        answered = false;
        return was;
      },
      close: () => {
        this.openProbes -= 1;
      },
    };
  }

  add(received: number, sent: number): void {
    const { rxBytes, txBytes } = this.counters.get("wan1-1_3") ?? { rxBytes: 0, txBytes: 0 };
    this.counters.set("wan1-1_3", { rxBytes: rxBytes + received, txBytes: txBytes + sent });
  }
}

let world: World;

beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the watch on links", () => {
  it("asks the network's own name servers first, then the config's, and tells of a death once", async () => {
    const events: LinkEvent[] = [];
    const end = world.watch.watch({ port: PORT, link: LINK }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.asked[0]).toEqual(["10.0.0.1", "9.9.9.9"]);
    expect(events).toEqual([]);
    world.isDead = true;
    world.add(0, 60);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(events).toHaveLength(1);
    expect(events[0]?.failure).toMatchObject({
      kind: "LinkDead",
      message: expect.stringMatching(/^1-1\.3: nothing came in through wan1-1_3 for \d+ s, and [34] probes/),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toHaveLength(1);
    end();
  });

  it("looks once a second for all links together, and not at all when there is none", async () => {
    const ends = [PORT, "1-1.4" as PortPath].map((port) => world.watch.watch({ port, link: LINK }, () => undefined));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.reads).toBe(10);
    for (const end of ends) end();
    for (const end of ends) end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.reads).toBe(10);
    expect(world.openProbes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("remembers over a redial that this port's network does not answer", async () => {
    world.isDead = true;
    const deaths: number[] = [];
    for (let call = 0; call < 3; call++) {
      const end = world.watch.watch({ port: PORT, link: LINK }, () => deaths.push(call));
      await vi.advanceTimersByTimeAsync(120_000);
      end();
    }
    expect(deaths).toEqual([0]);
  });

  it("says nothing of an interface that is gone: its pppd's end does", async () => {
    const events: LinkEvent[] = [];
    const end = world.watch.watch({ port: PORT, link: LINK }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(3_000);
    world.counters.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([]);
    end();
  });
});
