import { beforeEach, expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { FailureError, failure } from "../../machines/failure.ts";
import { createResolverMachine } from "../../machines/resolver/machine.ts";
import type { Member, PoolSettings, Standing } from "../../machines/uplinks/effects.ts";
import { nameServers } from "../../machines/uplinks/name-servers.ts";
import { desiredNetwork } from "../../machines/uplinks/policy.ts";
import type { UplinkId } from "../../src/net/types.ts";
import { PORT, World } from "./world.ts";

const LINK = { interface: "wan1-1", addresses: ["10.0.0.1"] };

/** A resolver of whose world the test decides everything; `done` is what it did, in order. */
class Resolver {
  readonly clock = new SimulatedClock();
  readonly done: string[] = [];
  settings = { enabled: true, names: true, dhcp: null, lan: "lan-br" };
  refuse = 0;
  dnsmasq: (event: ProcessEvent) => void = () => {};

  readonly actor = createActor(
    createResolverMachine(
      {
        run: ({ lan }, emit) => {
          this.done.push(`dnsmasq on ${lan}`);
          this.dnsmasq = emit;
          return { terminate: () => this.done.push("SIGTERM"), kill: () => this.done.push("SIGKILL") };
        },
        apply: async ({ servers, answering }) => {
          if (this.refuse-- > 0) throw new FailureError("SystemRefused", "no room");
          this.done.push(`${servers.map((link) => link.interface)} ${answering ? "answering" : "silent"}`.trim());
        },
        restore: async () => void this.done.push("restored"),
        settings: () => this.settings,
      },
      () => 0.5,
    ),
    { clock: this.clock },
  );

  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What was done since the last look. */
  async news(): Promise<string[]> {
    await this.settle();
    return this.done.splice(0);
  }

  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await this.settle();
  }
}

let resolver: Resolver;

beforeEach(() => {
  resolver = new Resolver();
});

async function answering(): Promise<void> {
  resolver.actor.start();
  resolver.dnsmasq({ type: "process.ready", detail: {} });
  resolver.actor.send({ type: "nameServers.changed", servers: [LINK] });
  expect((await resolver.news()).at(-1)).toBe("wan1-1 answering");
}

test("this computer asks dnsmasq from its start on and no longer than it runs, crash for crash", async () => {
  resolver.actor.start();
  expect(await resolver.news()).toEqual(["dnsmasq on lan-br", "silent"]);
  resolver.dnsmasq({ type: "process.ready", detail: {} });
  expect(await resolver.news()).toEqual(["answering"]);
  resolver.dnsmasq({ type: "process.exited", failure: failure("ProcessCrashed", "it crashed") });
  expect(await resolver.news()).toEqual(["silent"]);
  expect(resolver.actor.getSnapshot().context.failure?.kind).toBe("ProcessCrashed");
  await resolver.pass(1_000);
  resolver.dnsmasq({ type: "process.ready", detail: {} });
  expect(await resolver.news()).toEqual(["dnsmasq on lan-br", "answering"]);
  expect(resolver.actor.getSnapshot().context.failure).toBeNull();
});

test("name servers are told when they change, and not again when they do not", async () => {
  await answering();
  resolver.actor.send({ type: "nameServers.changed", servers: [structuredClone(LINK)] });
  expect(await resolver.news()).toEqual([]);
  resolver.actor.send({ type: "nameServers.changed", servers: [] });
  expect(await resolver.news()).toEqual(["answering"]);
});

test("what could not be written is written later, with what has changed meanwhile", async () => {
  await answering();
  resolver.refuse = 1;
  resolver.actor.send({ type: "nameServers.changed", servers: [] });
  await resolver.settle();
  resolver.actor.send({ type: "nameServers.changed", servers: [LINK, { interface: "wan1-2", addresses: [] }] });
  expect(await resolver.news()).toEqual([]);
  await resolver.pass(1_000);
  expect(await resolver.news()).toEqual(["wan1-1,wan1-2 answering"]);
});

test("at the end this computer asks others before dnsmasq is told to go", async () => {
  await answering();
  resolver.actor.send({ type: "resolver.stop" });
  expect(await resolver.news()).toEqual(["restored", "SIGTERM"]);
  expect(resolver.actor.getSnapshot().status).toBe("active");
  resolver.dnsmasq({ type: "process.exited", failure: null });
  await resolver.settle();
  expect(resolver.actor.getSnapshot().status).toBe("done");
});

test("switched off in the config it puts everything back, switched on it answers again with the servers of now", async () => {
  await answering();
  resolver.settings = { ...resolver.settings, enabled: false };
  resolver.actor.send({ type: "resolver.configured" });
  expect(await resolver.news()).toEqual(["restored", "SIGTERM"]);
  resolver.dnsmasq({ type: "process.exited", failure: null });
  expect(await resolver.news()).toEqual(["restored"]);
  expect(resolver.actor.getSnapshot().value).toBe("off");
  resolver.settings = { ...resolver.settings, enabled: true };
  resolver.actor.send({ type: "resolver.configured" });
  resolver.dnsmasq({ type: "process.ready", detail: {} });
  expect(await resolver.news()).toEqual(["dnsmasq on lan-br", "wan1-1 silent", "wan1-1 answering"]);
});

test("another LAN in the config is answered by another dnsmasq; any other change lets it be", async () => {
  await answering();
  resolver.actor.send({ type: "resolver.configured" });
  expect(await resolver.news()).toEqual([]);
  resolver.settings = { ...resolver.settings, lan: "br0" };
  resolver.actor.send({ type: "resolver.configured" });
  expect(await resolver.news()).toEqual(["SIGTERM", "wan1-1 silent"]);
  resolver.dnsmasq({ type: "process.exited", failure: null });
  expect(await resolver.news()).toEqual(["dnsmasq on br0"]);
});

function member(slot: number, standing: Standing, tier: number): Member {
  const link = { interface: `wan1-${slot}`, address: `10.0.${slot}.2`, dns: [`10.0.${slot}.1`] };
  return { id: `1-${slot}` as UplinkId, link, rank: { weight: 1, tier }, standing };
}

function asked(...members: readonly Member[]): readonly string[] {
  const slots = Object.fromEntries(members.map(({ id }) => [id, Number(id.slice(2))]));
  const settings: PoolSettings = {
    lan: "lan-br",
    by: "connection",
    rules: [],
    byHand: { ["1-9" as UplinkId]: { tier: 3 } },
    measured: {},
  };
  return nameServers(members, slots, desiredNetwork(members, slots, settings), settings).map((link) => link.interface);
}

test("a suspect link is asked with the good ones, a backup only when it carries connections", () => {
  expect(asked(member(2, "suspect", 1), member(1, "good", 1), member(3, "good", 2))).toEqual(["wan1-1", "wan1-2"]);
  expect(asked(member(1, "suspect", 1), member(3, "good", 2))).toEqual(["wan1-1", "wan1-3"]);
  expect(asked(member(1, "draining", 1), member(2, "draining", 2))).toEqual(["wan1-1", "wan1-2"]);
  expect(asked(member(1, "good", 1), member(9, "good", 1)), "a hand made it a backup").toEqual(["wan1-1"]);
  expect(asked()).toEqual([]);
});

test("in the agent the pool's name servers reach it, and the agent ends after it", async () => {
  const world = new World();
  world.dns = true;
  await world.start();
  await world.bringOnline();
  expect(world.names.at(-1)).toEqual({ servers: [{ interface: `wan${PORT}`, addresses: [] }], answering: true });
  world.agent.send({ type: "agent.stop" });
  await world.settle();
  expect(world.agent.getSnapshot().status).toBe("done");
  expect(world.calls).toContain("restore names");
});
