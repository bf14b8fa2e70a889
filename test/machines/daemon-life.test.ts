import { expect, test } from "vitest";
import { createActor, type EventObject, SimulatedClock, setup } from "xstate";
import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { createDaemonMachine, type DaemonTimes } from "../../machines/daemon/machine.ts";
import { failure } from "../../machines/failure.ts";

const TIMES: DaemonTimes = {
  startTimeoutMs: 5_000,
  stopTimeoutMs: 1_000,
  stableMs: 60_000,
  backoffBaseMs: 500,
  backoffMaxMs: 4_000,
};
const CRASH: ProcessEvent = { type: "process.exited", failure: failure("ProcessCrashed", "it crashed") };

/** A daemon under an owner that notes what it hears; the test plays the process. */
class Supervised {
  readonly clock = new SimulatedClock();
  readonly heard: string[] = [];
  readonly starts: object[] = [];
  readonly signals: string[] = [];
  emit: (event: ProcessEvent) => void = () => {};

  readonly #daemon = createDaemonMachine(
    (start: object, emit) => {
      this.starts.push(start);
      this.emit = emit;
      return { terminate: () => this.signals.push("TERM"), kill: () => this.signals.push("KILL") };
    },
    TIMES,
    () => 0.5,
  );
  readonly owner = createActor(
    setup({ actors: { daemon: this.#daemon } }).createMachine({
      invoke: { id: "daemon", src: "daemon", input: { name: "d", start: { n: 1 } } },
      on: { "*": { actions: ({ event }: { event: EventObject }) => this.heard.push(event.type) } },
    }),
    { clock: this.clock },
  ).start();

  get state(): unknown {
    return this.owner.getSnapshot().children.daemon?.getSnapshot().value;
  }
  tell(event: { type: "daemon.stop" } | { type: "daemon.restart"; start: object }): void {
    this.owner.getSnapshot().children.daemon?.send(event);
  }
}

test("a process that becomes ready is reported, and one that crashes is started again with growing waits", () => {
  const daemon = new Supervised();
  daemon.emit({ type: "process.started", pid: 1 });
  daemon.emit({ type: "process.ready", detail: {} });
  expect(daemon.state).toEqual({ running: "ready" });
  for (const wait of [500, 1_000, 2_000, 4_000, 4_000]) {
    daemon.emit(CRASH);
    daemon.clock.increment(wait - 1);
    expect(daemon.state).toBe("backingOff");
    daemon.clock.increment(1);
    expect(daemon.state).toEqual({ running: "starting" });
  }
  expect(daemon.starts).toHaveLength(6);
  expect(daemon.heard.filter((type) => type === "daemon.exited")).toHaveLength(5);
});

test("after a long stable run a crash counts as the first again", () => {
  const daemon = new Supervised();
  for (let crash = 0; crash < 3; crash++) {
    daemon.emit(CRASH);
    daemon.clock.increment(4_000);
  }
  daemon.emit({ type: "process.ready", detail: {} });
  daemon.clock.increment(60_000);
  daemon.emit(CRASH);
  daemon.clock.increment(500);
  expect(daemon.state).toEqual({ running: "starting" });
});

test("one that is too slow to become ready is ended, by force if need be, and started again", () => {
  const daemon = new Supervised();
  daemon.clock.increment(5_000);
  expect(daemon.signals).toEqual(["TERM"]);
  daemon.clock.increment(1_000);
  expect(daemon.signals).toEqual(["TERM", "KILL"]);
  daemon.emit(CRASH);
  daemon.clock.increment(500);
  expect(daemon.starts).toHaveLength(2);
});

test("told to stop it ends for good, and one that ignores SIGTERM is killed", () => {
  const polite = new Supervised();
  polite.tell({ type: "daemon.stop" });
  polite.emit({ type: "process.exited", failure: null });
  expect(polite.heard.at(-1)).toBe("xstate.done.actor.daemon");
  expect(polite.signals).toEqual(["TERM"]);

  const stubborn = new Supervised();
  stubborn.tell({ type: "daemon.stop" });
  stubborn.clock.increment(1_000);
  expect(stubborn.signals).toEqual(["TERM", "KILL"]);
  stubborn.clock.increment(1_000);
  expect(stubborn.heard.at(-1)).toBe("xstate.done.actor.daemon");
});

test("told to stop while it waits to be started again, it never is", () => {
  const daemon = new Supervised();
  daemon.emit(CRASH);
  daemon.tell({ type: "daemon.stop" });
  daemon.clock.increment(60_000);
  expect(daemon.starts).toHaveLength(1);
  expect(daemon.heard.at(-1)).toBe("xstate.done.actor.daemon");
});

test("restarted with another start, it ends first and begins at once with the new one", () => {
  const daemon = new Supervised();
  daemon.emit({ type: "process.ready", detail: {} });
  daemon.tell({ type: "daemon.restart", start: { n: 2 } });
  expect(daemon.starts).toEqual([{ n: 1 }]);
  daemon.emit({ type: "process.exited", failure: null });
  expect(daemon.starts).toEqual([{ n: 1 }, { n: 2 }]);
  expect(daemon.heard).toContain("daemon.exited");
});
