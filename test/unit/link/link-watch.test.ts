import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LinkEvent } from "../../../machines/uplinks/effects.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { PROBE_BYTES } from "../../../src/link/dns-query.ts";
import { LinkWatch } from "../../../src/link/link-watch.ts";
import type { Probe } from "../../../src/link/probe.ts";

const PORT = "1-1.3" as PortPath;
const LINK = { interface: "wan1-1_3", address: "10.64.1.2", peer: null, dns: ["10.0.0.1"] };
const OTHER = { interface: "wan1-1_4", address: "10.64.2.2", peer: null, dns: [] };

/** A kernel with two links: probes leave by theirs, and come back unless that is dead. */
class World {
  readonly counters = new Map([LINK, OTHER].map((link) => [link.interface, { rxBytes: 0, txBytes: 0 }]));
  readonly asked: (readonly string[])[] = [];
  reads = 0;
  open = 0;
  isDead = false;
  /** How late each timer fires, as on a busy computer. */
  lateMs = 0;
  #lostMs = 0;
  readonly watch = new LinkWatch({
    servers: () => ["9.9.9.9"],
    limits: () => ({ loss: 0.4, latencyMs: 2_000 }),
    now: () => performance.now() + this.#lostMs,
    readTraffic: () => {
      this.reads += 1;
      this.#lostMs += this.lateMs;
      return this.counters;
    },
    openEcho: () => {
      this.open += 1;
      return { mark: () => null, close: () => this.close() };
    },
    openProbe: (address, servers) => this.#openProbe(address === LINK.address ? LINK : OTHER, servers),
  });

  #openProbe(link: typeof LINK | typeof OTHER, servers: () => readonly string[]): Probe {
    this.open += 1;
    let answered = false;
    return {
      send: () => {
        this.asked.push(servers());
        this.add(this.isDead ? 0 : 80, PROBE_BYTES, link.interface);
        answered = !this.isDead;
      },
      take: () => {
        const inTimeMs = answered ? [30] : [];
        answered = false;
        return { inTimeMs, failedAgoMs: [], lateMs: null };
      },
      close: () => this.close(),
    };
  }

  close(): void {
    this.open -= 1;
  }

  add(received: number, sent: number, name = LINK.interface): void {
    const { rxBytes, txBytes } = this.counters.get(name) ?? { rxBytes: 0, txBytes: 0 };
    this.counters.set(name, { rxBytes: rxBytes + received, txBytes: txBytes + sent });
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
  it("takes a busy computer's late looks for no link's silence", async () => {
    const deaths = async (lateMs: number): Promise<number> => {
      world = new World();
      const events: LinkEvent[] = [];
      const end = world.watch.watch({ id: PORT, link: LINK }, (event) => events.push(event));
      await vi.advanceTimersByTimeAsync(10_000);
      world.isDead = true;
      world.add(0, 60);
      world.lateMs = lateMs;
      await vi.advanceTimersByTimeAsync(4_000);
      end();
      return events.length;
    };
    // Without the time that is lost, 4 s are too short for a death; with it, 20 s went by.
    expect(await deaths(0)).toBe(0);
    expect(await deaths(4_000)).toBe(0);
  });

  it("asks the network's own name servers first, then the config's, and tells of a death once", async () => {
    const events: LinkEvent[] = [];
    const end = world.watch.watch({ id: PORT, link: LINK }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.asked[0]).toEqual(["10.0.0.1", "9.9.9.9"]);
    expect(events).toEqual([]);
    world.isDead = true;
    world.add(0, 60);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "link.dead",
      failure: {
        kind: "LinkDead",
        message: expect.stringMatching(/^1-1\.3: nothing came in through wan1-1_3 for \d+ s, and \d probes/),
      },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toHaveLength(1);
    end();
  });

  it.each([
    ["a link with a router", "10.64.1.1", 1],
    ["a point-to-point link", null, 0],
  ])("on %s, what neighbours say is no sign of life: deaths told", async (_what, via, deaths) => {
    const events: LinkEvent[] = [];
    const end = world.watch.watch({ id: PORT, link: { ...LINK, via } }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(10_000);
    world.isDead = true;
    for (let second = 0; second < 60; second++) {
      world.add(60, 60);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(events.filter(({ type }) => type === "link.dead")).toHaveLength(deaths);
    end();
  });

  it("looks at all links together, twice a second while one is in use, less often while all are idle, never without one", async () => {
    const ends = [LINK, OTHER].map((link) => world.watch.watch({ id: PORT, link }, () => undefined));
    const looksIn = async (seconds: number, received = 0): Promise<number> => {
      const before = world.reads;
      for (let second = 0; second < seconds; second++) {
        world.add(received, received);
        await vi.advanceTimersByTimeAsync(1_000);
      }
      return world.reads - before;
    };
    await looksIn(6);
    expect(await looksIn(20)).toBeLessThanOrEqual(11);
    await looksIn(3, 1_000);
    const inUse = await looksIn(10, 1_000);
    expect(inUse).toBeGreaterThan(15);
    expect(inUse).toBeLessThanOrEqual(21);
    world.isDead = true;
    expect(await looksIn(3)).toBeGreaterThan(4);
    for (const end of ends) end();
    for (const end of ends) end();
    expect(await looksIn(10)).toBe(0);
    expect(world.open).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("looks no more seldom because each look takes a while: the next one makes up for it", async () => {
    const end = world.watch.watch({ id: PORT, link: LINK }, () => undefined);
    world.lateMs = 100;
    const clockMs = (): number => performance.now() + world.reads * world.lateMs;
    const beganMs = clockMs();
    while (clockMs() - beganMs < 60_000) {
      world.add(1_000, 1_000);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(world.reads).toBeGreaterThanOrEqual(115);
    end();
  });

  it("remembers over a redial that this port's network does not answer", async () => {
    world.isDead = true;
    const deaths: number[] = [];
    for (let call = 0; call < 3; call++) {
      const end = world.watch.watch({ id: PORT, link: LINK }, () => deaths.push(call));
      await vi.advanceTimersByTimeAsync(120_000);
      end();
    }
    expect(deaths).toEqual([0]);
  });

  it("says nothing of an interface that is gone: its pppd's end does", async () => {
    const events: LinkEvent[] = [];
    const end = world.watch.watch({ id: PORT, link: LINK }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(3_000);
    world.counters.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([]);
    end();
  });
});
