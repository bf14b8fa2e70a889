import { beforeAll, expect, test } from "vitest";
import { type AnyMachineSnapshot, createActor, createMachine, type EventObject, SimulatedClock } from "xstate";
import type { BundleContext, BundleEvent } from "../../../machines/bundle/context.ts";
import type { BundleEffects } from "../../../machines/bundle/effects.ts";
import { createBundleMachine } from "../../../machines/bundle/machine.ts";
import type { ProcessEvent } from "../../../machines/daemon/effects.ts";
import { failure } from "../../../machines/failure.ts";
import type { BundleMember, BundleRoute } from "../../../src/bundle/types.ts";
import type { UplinkId } from "../../../src/net/types.ts";
import { SETTINGS } from "../fake-bundle.ts";
import { Coverage } from "./coverage.ts";
import { explore, type Path } from "./paths.ts";

const ID = "1-1" as UplinkId;
const MEMBER: BundleMember = { id: ID, slot: 1, interface: "wan1-1", address: "10.0.0.2", rate: null };
const THERE = { host: SETTINGS.host, port: SETTINGS.port, address: "198.51.100.9" };
const FAILURE = failure("ConcentratorSilent", "no answer");
/** Longer than each delay of the machine. */
const LONG_MS = 1_000_000;

/** A bundle whose effects come to what the path says. */
class Stage {
  readonly clock = new SimulatedClock();
  readonly #waiting = new Map<string, { resolve(output?: unknown): void; reject(error: Error): void }>();
  readonly wanted: typeof SETTINGS | null;
  route: BundleRoute | null = null;
  running = false;
  asking = false;
  #process: (event: ProcessEvent) => void = () => {};
  readonly machine;

  constructor(wanted: typeof SETTINGS | null = SETTINGS) {
    this.wanted = wanted;
    this.machine = createBundleMachine(this.#effects(), () => 0.5);
  }

  #effects(): BundleEffects {
    const call = (name: string) =>
      new Promise<never>((resolve, reject) => this.#waiting.set(name, { resolve: resolve as () => void, reject }));
    return {
      settings: () => this.wanted,
      locate: () => call("locate"),
      follow: () => call("follow"),
      cutLoose: () => call("cutLoose"),
      release: () => call("release"),
      path: () => ({ kind: "proxy", address: "172.17.2.1", port: 7118 }),
      probe: () => null,
      run: (_, emit) => {
        this.running = true;
        this.#process = emit;
        const end = (): void => {
          this.running = false;
          void Promise.resolve().then(() => emit({ type: "process.exited", failure: null }));
        };
        return { terminate: end, kill: end };
      },
      watchHealth: () => {
        this.asking = true;
        return () => {
          this.asking = false;
        };
      },
    };
  }

  async walk(path: Path, coverage?: Coverage) {
    const inspect = coverage === undefined ? {} : { inspect: coverage.observe };
    const hear = ({ event }: { event: EventObject }): void => {
      this.route = (event as EventObject & { route: BundleRoute | null }).route;
    };
    const agent = createActor(createMachine({ on: { "bundle.routed": { actions: hear } } }), {
      clock: this.clock,
      ...inspect,
    }).start();
    const actor = createActor(this.machine, { parent: agent }).start();
    await settle();
    for (const { event } of path) await this.#happen(event, (own) => actor.send(own));
    return actor;
  }

  async #happen(event: EventObject, send: (event: BundleEvent) => void): Promise<void> {
    const [, end, name] = /^xstate\.(done|error)\.actor\.(\w+)/.exec(event.type) ?? [];
    if (event.type.startsWith("xstate.after.")) this.clock.increment(LONG_MS);
    else if (event.type === "daemon.ready") this.say({ type: "process.ready", detail: {} });
    else if (event.type === "daemon.exited") this.say({ type: "process.exited", failure: FAILURE });
    else if (name === "engine" || name === "watchHealth") send(event as BundleEvent);
    else if (end === "done") this.come(name as string, (event as { output?: unknown }).output);
    else if (end === "error") this.#waiting.get(name as string)?.reject(new Error("failed"));
    else send(event as BundleEvent);
    await settle();
  }

  /** The last call of this effect comes to this. */
  come(name: string, output?: unknown): void {
    this.#waiting.get(name)?.resolve(output);
  }

  say(event: ProcessEvent): void {
    if (event.type === "process.exited") this.running = false;
    this.#process(event);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const { machine } = new Stage();
const coverage = new Coverage();
const { toStates, overTransitions } = explore({
  machine,
  input: {},
  cases: {
    "bundle.members": [
      { members: [MEMBER], carries: true },
      { members: [MEMBER], carries: false },
      { members: [], carries: false },
    ],
    "health.silent": [{ failure: FAILURE }],
    "daemon.exited": [{ failure: FAILURE }, { failure: null }],
    "xstate.done.actor.locate": [{ output: THERE }],
    "xstate.done.actor.follow": [{ output: [MEMBER] }],
    "xstate.error.actor.locate": [{ error: new Error("failed") }],
    "xstate.error.actor.follow": [{ error: new Error("failed") }],
    "xstate.error.actor.engine": [{ error: new Error("failed") }],
    "xstate.error.actor.watchHealth": [{ error: new Error("failed") }],
  },
  essence: (state) => {
    const { settings, members, held, ready, followed, ending } = contextOf(state);
    return [settings === null, members?.length ?? null, held, ready, followed === members, ending];
  },
});

function contextOf(state: AnyMachineSnapshot): BundleContext {
  return state.context as BundleContext;
}

beforeAll(async () => {
  for (const path of overTransitions) await new Stage().walk(path, coverage);
  await new Stage(null).walk([], coverage);
}, 60_000);

const active = toStates.filter(({ state }) => state.status === "active");

test("every state of the bundle is reached", () => {
  expect(coverage.statesMissed(machine)).toEqual([]);
});

test("from every state, when its world does what it is told and the concentrator answers, it carries", async () => {
  for (const { state, path } of active.filter(({ state }) => !contextOf(state).ending)) {
    const stage = new Stage();
    const actor = await stage.walk(path);
    actor.send({ type: "bundle.members", members: [MEMBER], carries: false });
    actor.send({ type: "bundle.configured" });
    for (let turn = 0; turn < 8; turn++) {
      for (const name of ["release", "follow", "cutLoose"]) stage.come(name, [MEMBER]);
      stage.come("locate", THERE);
      await settle();
      if (stage.running) stage.say({ type: "process.ready", detail: {} });
      if (stage.asking) actor.send({ type: "health.answered" });
      await settle();
      if (stage.route?.path == null) stage.clock.increment(LONG_MS);
      await settle();
    }
    expect(stage.route?.path, JSON.stringify([state.value, path.map(({ event }) => event.type)])).not.toBeNull();
  }
}, 120_000);

test("told to stop in any state, it ends; no program runs, nothing is asked, and nothing is routed into it", async () => {
  for (const { path } of active) {
    const stage = new Stage();
    const actor = await stage.walk(path);
    actor.send({ type: "bundle.stop" });
    for (let turn = 0; turn < 3; turn++) {
      await settle();
      stage.clock.increment(LONG_MS);
      await settle();
    }
    expect(actor.getSnapshot().status).toBe("done");
    expect([stage.running, stage.asking, stage.route]).toEqual([false, false, null]);
  }
}, 120_000);
