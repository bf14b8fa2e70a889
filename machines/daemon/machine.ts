import { assign, fromCallback, sendParent, sendTo, setup } from "xstate";
import { backoffMs } from "../backoff.ts";
import type { Failure } from "../failure.ts";
import type { ProcessEvent, RunProcess } from "./effects.ts";

/** What a supervised process's owner hears. */
export type DaemonReport =
  | { readonly type: "daemon.notice"; readonly name: string }
  | {
      readonly type: "daemon.ready";
      readonly detail: Readonly<Record<string, string | number | readonly string[]>>;
    }
  /** It is being ended to be started again: what it said no longer holds, and nothing more is reported but its end. */
  | { readonly type: "daemon.ending" }
  /** It ended, unasked or for another to take its place (no failure then); it is started again by itself. */
  | { readonly type: "daemon.exited"; readonly failure: Failure | null };

export interface DaemonContext {
  readonly name: string;
  readonly start: object;
  readonly pid: number | null;
  /** Ends in a row without a stable run between them. */
  readonly attempts: number;
  readonly failure: Failure | null;
}

type DaemonEvent =
  | ProcessEvent
  | { type: "daemon.stop" }
  /** Ends it and starts it at once with another `start`. */
  | { type: "daemon.restart"; start: object };
type ProcessCommand = { type: "terminate" } | { type: "kill" };

export interface DaemonTimes {
  /** From start to ready. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** Ready for so long, an end counts as the first again. */
  readonly stableMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
}

/**
 * A supervised process: started, ready, crashed and started again with backoff, stopped for good.
 *
 * ```
 * running ─ starting ─▶ ready ──exited──▶ backingOff ─▶ running …
 *    ├─ daemon.restart ─▶ replacing ──exited──▶ running
 *    └─ daemon.stop ─▶ terminating ─▶ killing ──exited──▶ stopped (final)
 * ```
 * The owner gets `DaemonReport`s; `stopped` is reached only by `daemon.stop`. The input's `start` is what `run` gets.
 */
export function createDaemonMachine<Start>(run: RunProcess<Start>, times: DaemonTimes, random: () => number) {
  return setup({
    types: {
      context: {} as DaemonContext,
      events: {} as DaemonEvent,
      input: {} as { name: string; start: object },
    },
    actors: {
      process: fromCallback<ProcessCommand, object>(({ input, sendBack, receive }) => {
        let ended = false;
        const handle = run(input as Start, (event) => {
          if (event.type === "process.exited") ended = true;
          sendBack(event);
        });
        receive((command) => (command.type === "kill" ? handle.kill() : handle.terminate()));
        // Reached with the process alive only when our own parent was stopped without a teardown.
        return () => {
          if (!ended) handle.kill();
        };
      }),
    },
    actions: {
      noteStart: assign({ pid: ({ event }) => (event.type === "process.started" ? event.pid : null) }),
      noteExit: assign({
        pid: null,
        attempts: ({ context }) => context.attempts + 1,
        failure: ({ event }) => (event.type === "process.exited" ? event.failure : null),
      }),
      noteNewStart: assign({
        start: ({ context, event }) => (event.type === "daemon.restart" ? event.start : context.start),
      }),
      noteStable: assign({ attempts: 0, failure: null }),
      reportNotice: sendParent(({ event }) =>
        event.type === "process.notice"
          ? { type: "daemon.notice", name: event.name }
          : { type: "daemon.notice", name: "" },
      ),
      reportReady: sendParent(({ event }) => ({
        type: "daemon.ready",
        detail: event.type === "process.ready" ? event.detail : {},
      })),
      reportEnding: sendParent({ type: "daemon.ending" }),
      reportExit: sendParent(({ event }) => ({
        type: "daemon.exited",
        failure: event.type === "process.exited" ? event.failure : null,
      })),
      terminate: sendTo("process", { type: "terminate" }),
      kill: sendTo("process", { type: "kill" }),
    },
    delays: {
      startTimeout: times.startTimeoutMs,
      stopTimeout: times.stopTimeoutMs,
      stable: times.stableMs,
      backoff: ({ context }) => backoffMs(context.attempts, times.backoffBaseMs, times.backoffMaxMs, random),
    },
  }).createMachine({
    id: "daemon",
    context: ({ input }) => ({ name: input.name, start: input.start, pid: null, attempts: 0, failure: null }),
    initial: "running",
    states: {
      running: {
        invoke: { id: "process", src: "process", input: ({ context }) => context.start, onError: "backingOff" },
        initial: "starting",
        on: {
          "process.started": { actions: "noteStart" },
          "process.notice": { actions: "reportNotice" },
          "process.exited": { target: "backingOff", actions: ["noteExit", "reportExit"] },
          "daemon.restart": { target: ".replacing", actions: "noteNewStart" },
          "daemon.stop": ".terminating",
        },
        states: {
          starting: {
            on: { "process.ready": { target: "ready", actions: "reportReady" } },
            after: { startTimeout: "expiring" },
          },
          ready: { after: { stable: { actions: "noteStable" } } },
          // Too slow to become ready: ended, and then started again like after a crash.
          expiring: {
            entry: ["terminate", "reportEnding"],
            on: { "process.notice": {} },
            after: { stopTimeout: { actions: "kill" } },
          },
          replacing: {
            entry: ["terminate", "reportEnding"],
            on: {
              "process.notice": {},
              "daemon.restart": { actions: "noteNewStart" },
              "process.exited": { target: "#daemon.running", reenter: true, actions: "reportExit" },
            },
            after: { stopTimeout: { actions: "kill" } },
          },
          terminating: {
            entry: "terminate",
            on: { "daemon.stop": {}, "daemon.restart": {}, "process.exited": "#daemon.stopped" },
            after: { stopTimeout: "killing" },
          },
          killing: {
            entry: "kill",
            on: { "daemon.stop": {}, "daemon.restart": {}, "process.exited": "#daemon.stopped" },
            // A process in uninterruptible sleep: nothing more can be done about it.
            after: { stopTimeout: "#daemon.stopped" },
          },
        },
      },
      backingOff: {
        tags: "faulted",
        on: { "daemon.stop": "stopped", "daemon.restart": { actions: "noteNewStart" } },
        after: { backoff: "running" },
      },
      stopped: { type: "final" },
    },
  });
}
