import { afterAll, beforeEach, expect, test } from "vitest";
import { type AnyActorRef, createActor, type InspectionEvent, SimulatedClock, setup } from "xstate";
import { failure } from "../../machines/failure.ts";
import { createInterfaceMachine } from "../../machines/interface/machine.ts";
import type { Membership } from "../../machines/uplinks/effects.ts";
import { ETH, FakeInterfaces } from "./fake-interfaces.ts";
import { Coverage } from "./model/coverage.ts";

const DEAD = { type: "link.dead", failure: failure("LinkDead", "nothing came in") } as const;
const SUSPECT = { type: "link.suspect", failure: failure("LinkDead", "half is lost") } as const;
const WELL = { type: "link.well" } as const;

const coverage = new Coverage();
const definition = createInterfaceMachine(new FakeInterfaces());
let fake: FakeInterfaces;
let clock: SimulatedClock;
/** What the pool heard: a standing for each joining. */
let heard: string[];
let last: Membership | null;
let actor: AnyActorRef;

beforeEach(() => {
  fake = new FakeInterfaces();
  clock = new SimulatedClock();
  heard = [];
  last = null;
  begin();
});

function begin(): void {
  const parent = setup({
    types: { events: {} as { type: string } },
    actors: { interface: createInterfaceMachine(fake) },
  }).createMachine({
    invoke: { id: "interface", src: "interface", input: { id: ETH } },
    on: {
      "uplink.joined": {
        actions: ({ event }) => {
          last = event as unknown as Membership;
          heard.push(last.standing);
        },
      },
      "uplink.left": { actions: () => void heard.push("left") },
    },
  });
  const root = createActor(parent, { clock, inspect: (event: InspectionEvent) => coverage.observe(event) });
  root.start();
  actor = root.getSnapshot().children.interface as AnyActorRef;
}

afterAll(() => {
  expect(coverage.statesMissed(definition)).toEqual([]);
  expect(coverage.transitionsMissed(definition)).toEqual([]);
});

const state = (): unknown => actor.getSnapshot().value;

test("it joins when it has an address and a router, and each thing that it lacks has its own state", () => {
  expect(state()).toEqual({ watching: "looking" });
  for (const condition of ["absent", "down", "unplugged", "unaddressed", "unrouted"] as const) {
    fake.see({ condition });
    expect(state()).toEqual({ watching: condition });
  }
  fake.see({ condition: "clashing", address: "172.17.2.9/24", lan: "172.17.2.1/24" });
  expect(state()).toEqual({ watching: "clashing" });
  expect(heard).toEqual([]);
  fake.ready();
  expect(heard).toEqual(["good"]);
  expect(last).toMatchObject({
    id: ETH,
    link: { interface: "eth0", address: "192.0.2.2", via: "192.0.2.1" },
    rank: { weight: 1, tier: 1 },
  });
});

test.each(["absent", "down", "unplugged", "unaddressed", "unrouted"] as const)(
  "online, it leaves the pool when it is %s, and comes back",
  (condition) => {
    fake.ready();
    fake.see({ condition });
    fake.see({ condition });
    expect(heard).toEqual(["good", "left"]);
    expect(fake.open().links).toEqual([]);
    fake.ready();
    expect(heard).toEqual(["good", "left", "good"]);
  },
);

test("the same seen again changes nothing; another address joins anew in place of the old", () => {
  fake.ready();
  fake.ready();
  expect(heard).toEqual(["good"]);
  fake.ready("192.0.2.77");
  expect(heard).toEqual(["good", "good"]);
  expect(last?.link.address).toBe("192.0.2.77");
  expect(fake.watched.map(({ link }) => link.address)).toEqual(["192.0.2.2", "192.0.2.77"]);
});

test("suspect and well again, it stays in the pool under that standing", () => {
  fake.ready();
  fake.tell(SUSPECT);
  fake.tell(WELL);
  expect(heard).toEqual(["good", "suspect", "good"]);
});

test("dead, it leaves at once, is asked on probation, and is good when it is well; deaths on probation change nothing", () => {
  fake.ready();
  fake.tell(DEAD);
  expect(heard).toEqual(["good", "left"]);
  expect(state()).toEqual({ watching: { online: "dead" } });
  clock.increment(3_000);
  expect(heard).toEqual(["good", "left", "probation"]);
  expect(fake.watched.map(({ onProbation }) => onProbation)).toEqual([false, true]);
  fake.tell(DEAD);
  expect(fake.watched.map(({ onProbation }) => onProbation)).toEqual([false, true, true]);
  expect(heard.slice(3)).not.toContain("left");
  fake.tell(WELL);
  expect(heard.at(-1)).toBe("good");
  fake.tell(DEAD);
  expect(heard.at(-1)).toBe("left");
});

test("a dead one that others set up anew starts with a clean slate", () => {
  fake.ready();
  fake.tell(DEAD);
  fake.see({ condition: "unplugged" });
  clock.increment(60_000);
  expect(state()).toEqual({ watching: "unplugged" });
  fake.ready();
  expect(heard.at(-1)).toBe("good");
});

test("a changed config is told to the pool, and looked at whatever the state", () => {
  actor.send({ type: "interface.configured" });
  expect([fake.looks, heard]).toEqual([1, []]);
  fake.ready();
  fake.rankOfAll = { weight: 5, tier: 2 };
  actor.send({ type: "interface.configured" });
  expect(last?.rank).toEqual({ weight: 5, tier: 2 });
  expect(fake.looks).toBe(2);
});

test("a watch that cannot be had: the interface is tried again, the link counts as dead", () => {
  fake.ready();
  fake.tell(DEAD);
  fake.refusal = new Error("no sockets left");
  clock.increment(3_000);
  expect(state()).toEqual({ watching: { online: "dead" } });
  expect(heard.at(-1)).toBe("left");
});

test("an interface that cannot be watched is tried again, and is out of the pool until then", () => {
  fake.refusal = new Error("no processes left");
  begin();
  expect(state()).toBe("failed");
  expect(heard).toEqual(["left"]);
  clock.increment(60_000);
  expect(state()).toEqual({ watching: "looking" });
});
