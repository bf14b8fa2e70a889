import { beforeAll, expect, test } from "vitest";
import { type AnyActorRef, createActor, type EventObject, SimulatedClock, setup } from "xstate";
import type { ProcessEvent } from "../../../machines/daemon/effects.ts";
import { createDaemonMachine, type DaemonTimes } from "../../../machines/daemon/machine.ts";
import { failure } from "../../../machines/failure.ts";
import { Coverage } from "./coverage.ts";
import { explore, type Path } from "./paths.ts";

const TIMES: DaemonTimes = {
  startTimeoutMs: 5_000,
  stopTimeoutMs: 1_000,
  stableMs: 60_000,
  backoffBaseMs: 500,
  backoffMaxMs: 4_000,
};

/** A daemon under an owner; the path plays its process and the time. */
class Supervised {
  readonly clock = new SimulatedClock();
  starts = 0;
  emit: (event: ProcessEvent) => void = () => {};
  /** The next start fails by a fault of our own. */
  failsToStart = false;
  readonly machine = createDaemonMachine<object>(
    (_, emit) => {
      if (this.failsToStart) throw new Error("not started");
      this.starts++;
      this.emit = emit;
      return { terminate: () => {}, kill: () => {} };
    },
    TIMES,
    () => 0.5,
  );

  readonly #owner = setup({ actors: { daemon: this.machine } }).createMachine({
    invoke: { id: "daemon", src: "daemon", input: { name: "d", start: {} } },
  });

  /** Walks a path and hands back the daemon that did. */
  walk(path: Path, coverage: Coverage): AnyActorRef | undefined {
    this.failsToStart = path[0]?.event.type === "xstate.error.actor.process";
    const owner = createActor(this.#owner, { clock: this.clock, inspect: coverage.observe }).start();
    this.failsToStart = false;
    const daemon = owner.getSnapshot().children.daemon;
    for (const { event } of path) this.#happen(event, daemon);
    return daemon;
  }

  #happen(event: EventObject, daemon: AnyActorRef | undefined): void {
    const [, wait] = /^xstate\.after\.(\w+)/.exec(event.type) ?? [];
    // The longest backoff of a path's few ends.
    if (wait !== undefined) this.clock.increment(wait === "backoff" ? TIMES.backoffMaxMs : waitOf(wait));
    else if (event.type.startsWith("process.")) this.emit(event as ProcessEvent);
    else if (event.type.startsWith("daemon.")) daemon?.send(event);
  }
}

function waitOf(name: string): number {
  return TIMES[`${name}Ms` as keyof DaemonTimes];
}

const { machine } = new Supervised();
const coverage = new Coverage();
const { toStates, overTransitions } = explore({
  machine,
  input: { name: "d", start: {} },
  cases: {
    "process.started": [{ pid: 1 }],
    "process.notice": [{ name: "ready soon" }],
    "process.ready": [{ detail: {} }],
    "process.exited": [{ failure: failure("ProcessCrashed", "it crashed") }],
    "daemon.restart": [{ start: {} }],
  },
  // A start fails at once or not at all.
  impossible: (state, { type }) => type === "xstate.error.actor.process" && !state.matches({ running: "starting" }),
  essence: () => null,
});

beforeAll(() => {
  for (const path of overTransitions) new Supervised().walk(path, coverage);
});

test("every state of a supervised process is reached", () => {
  expect(coverage.statesMissed(machine)).toEqual([]);
});

test("every transition of a supervised process is taken", () => {
  expect(coverage.transitionsMissed(machine)).toEqual([]);
});

test.each(toStates.filter(({ state }) => state.status === "active").map(({ state, path }) => [state.value, path]))(
  "told to stop in %j it ends in time, whatever its process does, and is not started again",
  (_, path) => {
    const supervised = new Supervised();
    const daemon = supervised.walk(path as Path, coverage);
    const { starts } = supervised;
    daemon?.send({ type: "daemon.stop" });
    for (let second = 0; second < 10; second++) supervised.clock.increment(1_000);
    expect(daemon?.getSnapshot().value).toBe("stopped");
    expect(supervised.starts).toBe(starts);
  },
);
