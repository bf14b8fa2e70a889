import { beforeEach, expect, test } from "vitest";
import { createActor, createMachine, SimulatedClock } from "xstate";
import { createBundleMachine } from "../../machines/bundle/machine.ts";
import { failure } from "../../machines/failure.ts";
import { bundleState } from "../../src/agent/bundle-status.ts";
import type { BundleMember, BundleRoute, BundleSettings } from "../../src/bundle/types.ts";
import type { UplinkId } from "../../src/net/types.ts";
import { FakeBundle, PROBE, SETTINGS } from "./fake-bundle.ts";

const memberAt = (slot: number): BundleMember => ({
  ...{ id: `1-${slot}` as UplinkId, slot, interface: `wan1-${slot}` },
  ...{ address: `10.64.${slot}.2`, rate: null },
});
const SILENT = failure("ConcentratorSilent", "no answer");
const THERE = "198.51.100.9";

/** A bundle in a simulated world, and what it said to the agent. */
class Stage {
  readonly clock = new SimulatedClock();
  readonly world = new FakeBundle();
  readonly routes: (BundleRoute | null)[] = [];
  readonly #agent = createActor(
    createMachine({ on: { "bundle.routed": { actions: ({ event }) => this.#hear(event.route) } } }),
    { clock: this.clock },
  ).start();
  #members: readonly BundleMember[] | null = null;
  /** Whether the kernel's rule set follows at once. */
  follows = true;
  readonly actor;

  constructor(wanted: BundleSettings | null = SETTINGS) {
    this.world.wanted = wanted;
    const machine = createBundleMachine(this.world, () => 0.5);
    this.actor = createActor(machine, { clock: this.clock, parent: this.#agent });
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await this.settle();
  }

  /** What was done since the last look. */
  async news(): Promise<string[]> {
    await this.settle();
    return this.world.done.splice(0);
  }

  async members(...slots: readonly number[]): Promise<void> {
    this.#members = slots.map(memberAt);
    await this.kernelFollows();
  }

  /** The kernel holds what the agent was told last. */
  async kernelFollows(): Promise<void> {
    if (this.#members !== null)
      this.actor.send({ type: "bundle.members", members: this.#members, carries: this.carries });
    await this.settle();
  }

  #hear(route: BundleRoute | null): void {
    this.routes.push(route);
    if (this.follows) setImmediate(() => void this.kernelFollows());
  }

  /** Whether the LAN's connections are to go into it, as the agent was told last. */
  get carries(): boolean {
    return this.routes.at(-1)?.path != null;
  }
}

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

/** Joined, with two links, and answered. */
async function begin(): Promise<void> {
  stage.actor.start();
  await stage.settle();
  await stage.members(1, 2);
  stage.world.health?.({ type: "health.answered" });
  await stage.settle();
}

test("without a concentrator it is off, and only puts away what an earlier agent may have left", async () => {
  stage = new Stage(null);
  stage.actor.start();
  expect(await stage.news()).toEqual(["release"]);
  expect(stage.routes).toEqual([]);
  stage.actor.send({ type: "bundle.stop" });
  expect(stage.actor.getSnapshot().status).toBe("done");
});

test("it carries once the concentrator has answered through it, and not before", async () => {
  stage.actor.start();
  expect(await stage.news()).toEqual(["locate", "run"]);
  expect(stage.world.health).toBeNull();
  await stage.members(1, 2);
  expect(await stage.news()).toEqual(["follow wan1-1,wan1-2"]);
  expect(stage.carries).toBe(false);
  expect(stage.routes.at(-1)).toEqual({ concentrator: THERE, path: null, probe: PROBE });
  stage.world.health?.({ type: "health.answered" });
  await stage.settle();
  expect(stage.routes.at(-1)?.path).toEqual({ kind: "proxy", address: "172.17.2.1", port: 7118 });
});

test("it is not said to carry, nor to be silent, before the kernel's rule set has followed", async () => {
  stage.follows = false;
  await begin();
  expect(bundleState(stage.actor.getSnapshot())).toBe("connecting");
  await stage.kernelFollows();
  expect(bundleState(stage.actor.getSnapshot())).toBe("carrying");
  stage.world.health?.({ type: "health.silent", failure: SILENT });
  expect(bundleState(stage.actor.getSnapshot())).toBe("leaving");
  await stage.kernelFollows();
  expect(bundleState(stage.actor.getSnapshot())).toBe("silent");
});

test("links come and go while it carries", async () => {
  await begin();
  await stage.news();
  await stage.members(2);
  await stage.members(2, 3);
  expect(await stage.news()).toEqual(["follow wan1-2", "follow wan1-2,wan1-3"]);
  expect(stage.carries).toBe(true);
});

test("the last link's end leaves the LAN to the balancer at once, and the next one is asked over first", async () => {
  await begin();
  await stage.members();
  expect(stage.carries).toBe(false);
  expect(stage.world.health).toBeNull();
  await stage.members(3);
  expect(stage.carries).toBe(false);
  stage.world.health?.({ type: "health.answered" });
  await stage.settle();
  expect(stage.carries).toBe(true);
});

test("in a silence new connections are balanced; those in it are ended after half a minute, once", async () => {
  await begin();
  await stage.news();
  stage.world.health?.({ type: "health.silent", failure: SILENT });
  await stage.settle();
  expect(stage.carries).toBe(false);
  expect(stage.actor.getSnapshot().context.failure).toEqual(SILENT);
  await stage.pass(29_000);
  expect(await stage.news()).toEqual([]);
  await stage.pass(1_000);
  expect(await stage.news()).toEqual(["cut loose"]);
  await stage.pass(60_000);
  expect(await stage.news()).toEqual([]);
  stage.world.health?.({ type: "health.answered" });
  await stage.settle();
  expect(stage.carries).toBe(true);
  expect(stage.actor.getSnapshot().context.failure).toBeNull();
});

test("a program that crashes is started anew and given its links again", async () => {
  await begin();
  await stage.news();
  stage.world.process({ type: "process.exited", failure: failure("ProcessCrashed", "it crashed") });
  await stage.settle();
  expect(stage.carries).toBe(false);
  await stage.pass(1_000);
  expect(await stage.news()).toEqual(["run", "follow wan1-1,wan1-2"]);
  stage.world.health?.({ type: "health.answered" });
  await stage.settle();
  expect(stage.carries).toBe(true);
});

test("a name that cannot be looked up is looked up again, at once when a link has come", async () => {
  stage.world.refuse.locate = 2;
  stage.actor.start();
  expect(await stage.news()).toEqual([]);
  expect(stage.actor.getSnapshot().hasTag("faulted")).toBe(true);
  await stage.members(1);
  expect(await stage.news()).toEqual([]);
  await stage.pass(5_000);
  expect(await stage.news()).toEqual(["locate", "run", "follow wan1-1"]);
});

test("what the kernel refuses of its links is tried again", async () => {
  stage.follows = false;
  stage.world.refuse.follow = 1;
  stage.actor.start();
  await stage.members(1);
  await stage.news();
  await stage.pass(5_000);
  expect(await stage.news()).toEqual(["follow wan1-1"]);
});

test("another concentrator: all of the old one is put away before the new one begins", async () => {
  await begin();
  await stage.news();
  stage.world.wanted = { ...SETTINGS, host: "another.example" };
  stage.actor.send({ type: "bundle.configured" });
  expect(await stage.news()).toEqual(["release", "locate", "run", "follow wan1-1,wan1-2"]);
  expect(stage.routes).toContain(null);
});

test("a config that says the same changes nothing", async () => {
  await begin();
  await stage.news();
  stage.world.wanted = { ...SETTINGS };
  stage.actor.send({ type: "bundle.configured" });
  expect(await stage.news()).toEqual([]);
  expect(stage.carries).toBe(true);
});

test("the agent's end ends the program and takes all of it out of the kernel, also when the program hangs", async () => {
  stage.world.hangs = true;
  stage.actor.start();
  await stage.settle();
  stage.world.process({ type: "process.ready", detail: {} });
  await stage.members(1);
  await stage.news();
  stage.actor.send({ type: "bundle.stop" });
  expect(await stage.news()).toEqual([]);
  expect(stage.routes.at(-1)).toBeNull();
  await stage.pass(2_000);
  expect(await stage.news()).toEqual(["release"]);
  expect(stage.actor.getSnapshot().status).toBe("done");
});
