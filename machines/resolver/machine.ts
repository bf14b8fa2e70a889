import { assign, fromPromise, sendTo, setup } from "xstate";
import type { LinkNameServers, ResolverSettings } from "../../src/resolver/types.ts";
import { backoffMs } from "../backoff.ts";
import { createDaemonMachine, type DaemonReport, type DaemonTimes } from "../daemon/machine.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { Names, ResolverEffects } from "./effects.ts";

export interface ResolverContext {
  readonly settings: ResolverSettings;
  readonly desired: Names;
  /** null: not known. */
  readonly applied: Names | null;
  /** Why it does not answer, or could not be told whom to ask. */
  readonly failure: Failure | null;
  readonly attempts: number;
  /** The agent ends. */
  readonly ending: boolean;
}

export type ResolverEvent =
  | DaemonReport
  | { type: "nameServers.changed"; servers: readonly LinkNameServers[] }
  | { type: "resolver.configured" }
  | { type: "resolver.stop" };

/** A missing program or a taken port is looked at again every five minutes, as a hand has to mend it. */
const DNSMASQ: DaemonTimes = {
  startTimeoutMs: 20_000,
  stopTimeoutMs: 2_000,
  stableMs: 60_000,
  backoffBaseMs: 100,
  backoffMaxMs: 300_000,
};

/**
 * The gateway's own resolver: a supervised dnsmasq that asks the name servers of the links that are up.
 *
 * ```
 * off ◀─ dns switched off ─┐
 *  └─▶ on: settled ─ change ─▶ applying ─▶ settled        resolver.stop: closing ─▶ ended (final)
 *                                 └─ refused ─▶ retrying
 * ```
 * What the daemon reports is part of what is applied: this computer asks dnsmasq only while it answers.
 */
export function createResolverMachine(effects: ResolverEffects, random: () => number) {
  return setup({
    types: { context: {} as ResolverContext, events: {} as ResolverEvent, tags: {} as "faulted" },
    actors: {
      dnsmasq: createDaemonMachine(effects.run, DNSMASQ, random),
      apply: fromPromise<Names, Names>(async ({ input }) => {
        await effects.apply(input);
        return input;
      }),
      restore: fromPromise<void>(() => effects.restore()),
    },
    guards: {
      stale: ({ context }) => context.applied !== context.desired,
      enabled: ({ context }) => context.settings.enabled,
      ending: ({ context }) => context.ending,
      hasChanged: ({ context }) => {
        const settings = effects.settings();
        return settings.enabled && JSON.stringify(settings) !== JSON.stringify(context.settings);
      },
    },
    actions: {
      noteSettings: assign({ settings: () => effects.settings() }),
      noteServers: assign({
        desired: ({ context: { desired }, event }) => {
          const servers = event.type === "nameServers.changed" ? event.servers : desired.servers;
          return JSON.stringify(servers) === JSON.stringify(desired.servers) ? desired : { ...desired, servers };
        },
      }),
      noteAnswering: assign({
        desired: ({ context: { desired, settings } }, { ready }: { ready: boolean }) => {
          const answering = ready && settings.names;
          return desired.answering === answering ? desired : { ...desired, answering };
        },
        failure: ({ context, event }) => (event.type === "daemon.exited" ? event.failure : context.failure),
      }),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
      noteEnding: assign({ ending: true }),
      restartDnsmasq: sendTo("dnsmasq", () => ({ type: "daemon.restart", start: effects.settings() })),
      stopDnsmasq: sendTo("dnsmasq", { type: "daemon.stop" }),
    },
    delays: { retry: ({ context }) => backoffMs(context.attempts, 500, 30_000, random), restoreTimeout: 5_000 },
  }).createMachine({
    id: "resolver",
    context: () => ({
      settings: effects.settings(),
      desired: { servers: [], answering: false },
      applied: null,
      failure: null,
      attempts: 0,
      ending: false,
    }),
    initial: "deciding",
    on: { "nameServers.changed": { actions: "noteServers" } },
    states: {
      deciding: { always: [{ guard: "enabled", target: "on" }, { target: "off" }] },
      // What a killed agent left when the config still had it on is put back too.
      off: {
        invoke: { id: "restore", src: "restore", onError: {} },
        on: { "resolver.configured": { target: "deciding", actions: "noteSettings" }, "resolver.stop": "ended" },
      },
      on: {
        invoke: {
          id: "dnsmasq",
          src: "dnsmasq",
          input: ({ context }) => ({ name: "dnsmasq", start: context.settings }),
          onDone: [{ guard: "ending", target: "ended" }, { target: "deciding" }],
          onError: { target: "ended", actions: { type: "noteFailure", params: ({ event }) => fault(event) } },
        },
        on: {
          "daemon.ready": { actions: { type: "noteAnswering", params: { ready: true } } },
          "daemon.ending": { actions: { type: "noteAnswering", params: { ready: false } } },
          "daemon.exited": { actions: { type: "noteAnswering", params: { ready: false } } },
          "daemon.notice": {},
          "resolver.configured": [
            { guard: "hasChanged", actions: ["restartDnsmasq", "noteSettings"] },
            { guard: () => !effects.settings().enabled, target: ".closing", actions: "noteSettings" },
          ],
          "resolver.stop": { target: ".closing", actions: "noteEnding" },
        },
        initial: "settled",
        states: {
          settled: { always: { guard: "stale", target: "applying" } },
          applying: {
            invoke: {
              id: "apply",
              src: "apply",
              input: ({ context }) => context.desired,
              onDone: {
                target: "settled",
                actions: assign({
                  applied: ({ event }) => event.output,
                  failure: ({ context, event }) => (event.output.answering ? null : context.failure),
                  attempts: 0,
                }),
              },
              onError: {
                target: "retrying",
                actions: { type: "noteFailure", params: ({ event }) => fault(event) },
              },
            },
          },
          retrying: { tags: "faulted", after: { retry: "applying" } },
          // First whom this computer asks, then the end of whom it asked: there is no moment without one.
          closing: {
            on: { "resolver.configured": { actions: "noteSettings" }, "resolver.stop": { actions: "noteEnding" } },
            initial: "restoring",
            states: {
              restoring: {
                invoke: { id: "restore", src: "restore", onDone: "stopping", onError: "stopping" },
                after: { restoreTimeout: "stopping" },
              },
              stopping: { entry: "stopDnsmasq" },
            },
            exit: assign({ desired: ({ context }) => ({ ...context.desired, answering: false }), applied: null }),
          },
        },
      },
      ended: { type: "final" },
    },
  });
}

function fault(event: { readonly error: unknown }): { failure: Failure } {
  return { failure: failureFrom(event.error) };
}
