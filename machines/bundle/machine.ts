import { assign, fromCallback, fromPromise, sendParent, sendTo, setup } from "xstate";
import type { BundleMember, BundleSettings, BundleStart, ConcentratorAddress } from "../../src/bundle/types.ts";
import { backoffMs } from "../backoff.ts";
import { createDaemonMachine, type DaemonTimes } from "../daemon/machine.ts";
import { type Failure, failureFrom } from "../failure.ts";
import { BUNDLE_TIMES, type BundleContext, type BundleEvent, type BundleTimes, startOf } from "./context.ts";
import type { BundleEffects, HealthEvent } from "./effects.ts";

const ENGINE: DaemonTimes = {
  startTimeoutMs: 20_000,
  stopTimeoutMs: 2_000,
  stableMs: 60_000,
  backoffBaseMs: 200,
  backoffMaxMs: 30_000,
};

/** What the engine is to do with these members. */
interface Following {
  readonly members: readonly BundleMember[];
  readonly start: BundleStart;
}

/**
 * The bundle: links that are one to the LAN's connections, by way of a concentrator.
 *
 * ```
 * off ◀─ no concentrator ─┐
 *  └─▶ locating ─▶ alive: the engine's program runs; its links follow the pool
 *          ▲              starting ─▶ waiting (no link) ─▶ asking: connecting ─ answered ─▶ answering ⇄ silent
 *          │              configured otherwise, or bundle.stop: closing
 *          └──────────── releasing (all of it out of the kernel) ─▶ ended (final), when the agent ends
 * ```
 * The LAN's new connections go into it only while it is `answering`: `entering` until the kernel's rule set has followed,
 * `carrying` then; `silent` begins with `leaving`, until none goes into it any more. Those that are in it already stay, for a
 * silence is most often short; after half a minute they are ended, so that their programs dial anew.
 */
export function createBundleMachine(effects: BundleEffects, random: () => number, times: BundleTimes = BUNDLE_TIMES) {
  return setup({
    types: { context: {} as BundleContext, events: {} as BundleEvent, tags: {} as "faulted" },
    actors: {
      locate: fromPromise<ConcentratorAddress, BundleSettings>(({ input, signal }) => effects.locate(input, signal)),
      engine: createDaemonMachine(effects.run, ENGINE, random),
      follow: fromPromise<readonly BundleMember[], Following>(async ({ input: { members, start } }) => {
        await effects.follow(members, start);
        return members;
      }),
      watchHealth: fromCallback<HealthEvent, BundleStart>(({ input, sendBack }) =>
        effects.watchHealth(input, sendBack),
      ),
      cutLoose: fromPromise<void, BundleStart>(({ input }) => effects.cutLoose(input)),
      release: fromPromise<void>(() => effects.release()),
    },
    guards: {
      isWanted: ({ context }) => context.settings !== null,
      isEnding: ({ context }) => context.ending,
      isReady: ({ context }) => context.ready,
      isHeld: ({ context }) => context.held,
      isNotHeld: ({ context }) => !context.held,
      hasMembers: ({ context }) => (context.members ?? []).length > 0,
      hasNoMembers: ({ context }) => (context.members ?? []).length === 0,
      isStale: ({ context }) => context.ready && context.members !== null && context.members !== context.followed,
      hasChanged: ({ context }) => JSON.stringify(effects.settings()) !== JSON.stringify(context.settings),
    },
    actions: {
      noteSettings: assign({ settings: () => effects.settings() }),
      noteMembers: assign(({ context, event }) => {
        if (event.type !== "bundle.members") return {};
        // The same ones need not be followed again.
        const isSame = JSON.stringify(event.members) === JSON.stringify(context.members);
        return { members: isSame ? context.members : event.members, held: event.carries };
      }),
      noteReady: assign({ ready: true }),
      noteDown: assign(({ context, event }) => ({
        ready: false,
        followed: null,
        failure: event.type === "daemon.exited" && event.failure !== null ? event.failure : context.failure,
      })),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
      noteSilence: assign({
        failure: ({ context, event }) => (event.type === "health.silent" ? event.failure : context.failure),
      }),
      noteAnswer: assign({ failure: null }),
      noteEnding: assign({ ending: true }),
      forget: assign({ concentrator: null, followed: null, ready: false, failure: null, attempts: 0 }),
      stopEngine: sendTo("engine", { type: "daemon.stop" }),
      reportNoRoute: sendParent({ type: "bundle.routed", route: null }),
      reportRoute: sendParent(({ context }, { carries }: { carries: boolean }) => {
        const start = startOf(context);
        const probe = effects.probe(start);
        const path = carries ? effects.path(start) : null;
        const route = { concentrator: start.concentrator.address, path };
        return { type: "bundle.routed", route: probe == null ? route : { ...route, probe } };
      }),
    },
    delays: {
      retry: ({ context }) => backoffMs(context.attempts, times.retryBaseMs, times.retryMaxMs, random),
      cutAfter: times.cutAfterMs,
      releaseTimeout: times.releaseTimeoutMs,
    },
  }).createMachine({
    id: "bundle",
    context: () => ({
      settings: effects.settings(),
      concentrator: null,
      members: null,
      followed: null,
      held: false,
      ready: false,
      failure: null,
      attempts: 0,
      ending: false,
    }),
    initial: "deciding",
    on: { "bundle.members": { actions: "noteMembers" } },
    states: {
      deciding: {
        always: [{ guard: "isEnding", target: "ended" }, { guard: "isWanted", target: "locating" }, { target: "off" }],
      },
      // What a killed agent left when there still was to be one is taken out too.
      off: {
        invoke: { id: "release", src: "release", onError: {} },
        on: { "bundle.configured": { target: "deciding", actions: "noteSettings" }, "bundle.stop": "ended" },
      },
      locating: {
        on: {
          "bundle.configured": { guard: "hasChanged", target: "releasing", actions: "noteSettings" },
          "bundle.stop": { target: "releasing", actions: "noteEnding" },
        },
        initial: "asking",
        states: {
          asking: {
            invoke: {
              id: "locate",
              src: "locate",
              input: ({ context }) => context.settings as BundleSettings,
              onDone: {
                target: "#bundle.alive",
                actions: assign({ concentrator: ({ event }) => event.output, failure: null, attempts: 0 }),
              },
              onError: {
                target: "retrying",
                actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              },
            },
          },
          retrying: {
            tags: "faulted",
            // A link that has come may be the first one over which names can be looked up.
            on: { "bundle.members": { target: "asking", actions: "noteMembers" } },
            after: { retry: "asking" },
          },
        },
      },
      alive: {
        invoke: {
          id: "engine",
          src: "engine",
          input: ({ context }) => ({ name: "bundle", start: startOf(context) }),
          onDone: "releasing",
          onError: {
            target: "releasing",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
        on: {
          "daemon.notice": {},
          // It was not ready yet, or its end is what follows.
          "daemon.ending": {},
          "bundle.configured": { guard: "hasChanged", target: ".closing", actions: "noteSettings" },
          "bundle.stop": { target: ".closing", actions: "noteEnding" },
        },
        initial: "active",
        states: {
          active: {
            type: "parallel",
            // Of one that a region below takes, nothing is heard here.
            on: {
              "daemon.ready": { actions: "noteReady" },
              "daemon.exited": { actions: "noteDown" },
            },
            states: {
              links: {
                initial: "settled",
                states: {
                  settled: { always: { guard: "isStale", target: "following" } },
                  following: {
                    invoke: {
                      id: "follow",
                      src: "follow",
                      input: ({ context }) => ({ members: context.members ?? [], start: startOf(context) }),
                      onDone: {
                        target: "settled",
                        actions: assign({ followed: ({ event }) => event.output, attempts: 0 }),
                      },
                      onError: {
                        target: "retrying",
                        actions: {
                          type: "noteFailure",
                          params: ({ event }) => ({ failure: failureFrom(event.error) }),
                        },
                      },
                    },
                  },
                  retrying: {
                    tags: "faulted",
                    on: { "bundle.members": { target: "settled", actions: "noteMembers" } },
                    after: { retry: "settled" },
                  },
                },
              },
              traffic: {
                initial: "starting",
                states: {
                  starting: {
                    entry: { type: "reportRoute", params: { carries: false } },
                    always: { guard: "isReady", target: "waiting" },
                  },
                  waiting: {
                    always: { guard: "hasMembers", target: "asking" },
                    on: {
                      "daemon.exited": { target: "starting", actions: "noteDown" },
                    },
                  },
                  asking: {
                    invoke: {
                      id: "watchHealth",
                      src: "watchHealth",
                      input: ({ context }) => startOf(context),
                      onError: {
                        target: "waiting",
                        actions: {
                          type: "noteFailure",
                          params: ({ event }) => ({ failure: failureFrom(event.error) }),
                        },
                      },
                    },
                    always: { guard: "hasNoMembers", target: "waiting" },
                    on: {
                      "daemon.exited": { target: "starting", actions: "noteDown" },
                    },
                    initial: "connecting",
                    states: {
                      connecting: { on: { "health.answered": "answering", "health.silent": "silent" } },
                      answering: {
                        entry: ["noteAnswer", { type: "reportRoute", params: { carries: true } }],
                        exit: { type: "reportRoute", params: { carries: false } },
                        on: { "health.silent": "silent" },
                        initial: "entering",
                        states: {
                          entering: { always: { guard: "isHeld", target: "carrying" } },
                          carrying: {},
                        },
                      },
                      silent: {
                        tags: "faulted",
                        entry: "noteSilence",
                        on: { "health.answered": "answering", "health.silent": { actions: "noteSilence" } },
                        initial: "leaving",
                        states: {
                          leaving: { always: { guard: "isNotHeld", target: "hoping" } },
                          hoping: { after: { cutAfter: "cutting" } },
                          cutting: {
                            invoke: {
                              id: "cutLoose",
                              src: "cutLoose",
                              input: ({ context }) => startOf(context),
                              onDone: "cut",
                              onError: "cut",
                            },
                          },
                          cut: {},
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          closing: {
            entry: ["reportNoRoute", "stopEngine"],
            on: {
              "bundle.configured": { actions: "noteSettings" },
              "bundle.stop": { actions: "noteEnding" },
            },
          },
        },
      },
      releasing: {
        entry: "reportNoRoute",
        on: {
          "bundle.configured": { actions: "noteSettings" },
          "bundle.stop": { actions: "noteEnding" },
        },
        invoke: { id: "release", src: "release", onDone: "deciding", onError: "deciding" },
        after: { releaseTimeout: "deciding" },
        exit: "forget",
      },
      ended: { type: "final" },
    },
  });
}
