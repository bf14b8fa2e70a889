import { beforeAll, expect, test } from "vitest";
import { type AnyMachineSnapshot, createActor, createMachine, type EventObject, SimulatedClock } from "xstate";
import type { UplinksEffects } from "../../../machines/uplinks/effects.ts";
import { createUplinksMachine, type UplinksContext, type UplinksEvent } from "../../../machines/uplinks/machine.ts";
import type { UplinkId } from "../../../src/net/types.ts";
import { Coverage } from "./coverage.ts";
import { explore, type Path } from "./paths.ts";

const ID = "1-1" as UplinkId;
const LINK = { interface: "wan1-1", address: "10.0.0.2", dns: [] };
const MEMBER = { id: ID, link: LINK, rank: { weight: 1, tier: 1 }, standing: "good" } as const;
const DRIFT = ["the table is missing"];
const WATCH_FAILURE = /^xstate\.error\.actor\.(kernel|ipv6)$/;
/** Longer than each delay of the machine. */
const LONG_MS = 1_000_000;

/** A pool whose effects come to what the path says. */
class Pool {
  readonly clock = new SimulatedClock();
  readonly #waiting = new Map<string, { resolve(output?: unknown): void; reject(error: Error): void }>();
  /** The watch that fails. */
  failing: string | undefined;
  watching = 0;
  readonly machine = createUplinksMachine(this.#effects(), () => 0.5);

  #effects(): UplinksEffects {
    const call = (name: string) =>
      new Promise<never>((resolve, reject) => this.#waiting.set(name, { resolve: resolve as () => void, reject }));
    return {
      apply: () => call("apply"),
      verify: () => call("verify"),
      restore: () => call("restore"),
      giveWay: () => {},
      settings: () => ({
        lan: "lan-br",
        lanPrefix: "fd00:db8::/64",
        by: "connection",
        rules: [],
        byHand: {},
        measured: {},
      }),
      watchKernel: () => this.#watch("kernel"),
      watchIpv6: () => this.#watch("ipv6"),
    };
  }

  #watch(name: string): () => void {
    if (this.failing === name) throw new Error("not watched");
    this.watching++;
    return () => void this.watching--;
  }

  /** Walks a path and hands back the actor that did. */
  async walk(path: Path, coverage?: Coverage) {
    this.failing = WATCH_FAILURE.exec(path[0]?.event.type ?? "")?.[1];
    const inspect = coverage === undefined ? {} : { inspect: coverage.observe };
    const agent = createActor(createMachine({}), { clock: this.clock, ...inspect }).start();
    const actor = createActor(this.machine, { input: { adopted: [] }, parent: agent }).start();
    await settle();
    for (const { event } of path) await this.#happen(event, (own) => actor.send(own));
    return actor;
  }

  async #happen(event: EventObject, send: (event: UplinksEvent) => void): Promise<void> {
    const [, end, name] = /^xstate\.(done|error)\.actor\.(\w+)/.exec(event.type) ?? [];
    if (event.type.startsWith("xstate.after.")) this.clock.increment(LONG_MS);
    else if (end === "done") this.come(name as string, (event as { output?: unknown }).output);
    else if (end === "error") this.#waiting.get(name as string)?.reject(new Error("failed"));
    else send(event as UplinksEvent);
    await settle();
  }

  /** The last call of this effect comes to this. */
  come(name: string, output?: unknown): void {
    this.#waiting.get(name)?.resolve(output);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const { machine } = new Pool();
const coverage = new Coverage();
const { toStates, overTransitions } = explore({
  machine,
  input: { adopted: [] },
  cases: {
    "uplink.joined": [MEMBER],
    "uplink.left": [{ id: ID }],
    "bundle.routed": [{ route: { concentrator: "198.51.100.9", path: null } }],
    "uplinks.addressed": [{ ipv6: { [LINK.interface]: "2001:db8::1" } }],
    "xstate.done.actor.verify": [{ output: [] }, { output: DRIFT }],
    "xstate.error.actor.apply": [{ error: new Error("failed") }],
    "xstate.error.actor.verify": [{ error: new Error("failed") }],
  },
  // A watch fails at once or not at all.
  impossible: (state, { type }) => WATCH_FAILURE.test(type) && contextOf(state).looks > 0,
  essence: (state) => {
    const { members, applied, desired, drift, repairs, touched } = contextOf(state);
    return [members.length, applied === desired, applied === null, drift.length, Math.min(repairs, 7), touched];
  },
});

function contextOf(state: AnyMachineSnapshot): UplinksContext {
  return state.context as UplinksContext;
}

beforeAll(async () => {
  for (const path of overTransitions) await new Pool().walk(path, coverage);
}, 60_000);

test("every state of the pool is reached", () => {
  expect(coverage.statesMissed(machine)).toEqual([]);
});

test("every transition of the pool is taken", () => {
  expect(coverage.transitionsMissed(machine)).toEqual([]);
});

const active = toStates.filter(({ state }) => state.status === "active");

test("from every state, when the kernel does what it is told and nobody meddles, it holds what is wanted", async () => {
  for (const { path } of active.filter(({ state }) => !state.matches("restoring"))) {
    const pool = new Pool();
    const actor = await pool.walk(path);
    for (let turn = 0; turn < 12; turn++) {
      pool.come("apply");
      pool.come("verify", []);
      await settle();
      pool.clock.increment(LONG_MS);
      await settle();
    }
    const { context, value } = actor.getSnapshot();
    expect(value).toEqual({ settled: "sure" });
    expect(context.applied).toBe(context.desired);
    expect([context.failure, context.repairs]).toEqual([null, 0]);
  }
}, 120_000);

test("told to restore in any state, it ends, and the kernel is no longer watched", async () => {
  for (const { path } of active) {
    const pool = new Pool();
    const actor = await pool.walk(path);
    actor.send({ type: "uplinks.restore" });
    await settle();
    pool.clock.increment(LONG_MS);
    await settle();
    expect(actor.getSnapshot().status).toBe("done");
    expect(pool.watching).toBe(0);
  }
}, 120_000);
