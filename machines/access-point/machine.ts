import { and, assign, enqueueActions, fromPromise, not, sendTo, setup, stateIn } from "xstate";
import type { DesiredLan } from "../../src/lan/types.ts";
import { backoffMs } from "../backoff.ts";
import { createDaemonMachine, type DaemonTimes } from "../daemon/machine.ts";
import { type Failure, failureFrom } from "../failure.ts";
import type { AccessPointContext, AccessPointEvent, AccessPointMember } from "./context.ts";
import type { AccessPointEffects } from "./effects.ts";
import { place } from "./placement.ts";

/** A killed hostapd is back at once; one that cannot run is tried again every five minutes, as a hand has to mend it. */
const HOSTAPD: DaemonTimes = {
  startTimeoutMs: 15_000,
  stopTimeoutMs: 3_000,
  stableMs: 60_000,
  backoffBaseMs: 100,
  backoffMaxMs: 300_000,
};

/** In ms. */
const TIMES = {
  /** Without a radio: a dongle that is moved to another port finds hostapd still running. */
  lingerMs: 3_000,
  /** What was heard of neighbours is believed for so long. */
  neighboursMs: 600_000,
  failedMs: 60_000,
  restoreTimeoutMs: 8_000,
};

/**
 * The access point: all radios that are fit, on a channel each, in one hostapd and one LAN.
 *
 * ```
 * lan:        absent ─ a radio, or a port that the config names ─▶ applying ─▶ settled | retrying ─▶ applying   … ─▶ restoring
 * hostapd:    off ─ a radio ─▶ running ─ none ─▶ lingering ─▶ stopping ─▶ off
 * neighbours: unknown ─ a radio has listened ─▶ known ─ ten minutes ─▶ unknown
 * ```
 * The LAN is made when the first radio is fit, and stays then: a dongle that is replugged must not take the bridge from under
 * wired clients, nor the address from under dnsmasq. A computer without a radio or such a port never gets one.
 * Radios are told what to be while hostapd and the LAN are both there, and do it themselves, each without the others.
 * Ends (final) when it was told to, after its last radio.
 */
export function createAccessPointMachine(effects: AccessPointEffects, random: () => number) {
  const wantsLan = ({ settings, members, lanWanted }: AccessPointContext): boolean =>
    settings.lan.ports.length > 0 || (settings.enabled && (lanWanted || members.length > 0));
  const lanIsStale = ({ lan, settings }: AccessPointContext): boolean =>
    JSON.stringify(lan) !== JSON.stringify(settings.lan);
  return setup({
    types: {
      context: {} as AccessPointContext,
      events: {} as AccessPointEvent,
      tags: {} as "faulted",
    },
    actors: {
      hostapd: createDaemonMachine(effects.runHostapd, HOSTAPD, random),
      applyLan: fromPromise<DesiredLan, DesiredLan>(async ({ input }) => {
        await effects.applyLan(input);
        return input;
      }),
      restoreLan: fromPromise<void>(() => effects.restoreLan()),
    },
    guards: {
      wantsLan: ({ context }) => !context.ending && wantsLan(context),
      lanIsStale: ({ context }) => lanIsStale(context),
      hasMembers: ({ context }) => context.members.length > 0,
      isEnding: ({ context }) => context.ending,
    },
    actions: {
      noteSettings: assign({ settings: () => effects.settings() }),
      join: assign({
        members: ({ context, event }): readonly AccessPointMember[] =>
          event.type !== "radio.offered"
            ? context.members
            : [
                ...context.members.filter(({ id }) => id !== event.id),
                { id: event.id, radio: event.radio, channel: null, told: null, serving: false },
              ],
        surveyor: ({ context, event }) =>
          event.type === "radio.offered" && event.id === context.surveyor ? null : context.surveyor,
      }),
      noteServing: assign({
        members: ({ context, event }) =>
          context.members.map((each) =>
            event.type === "radio.serving" && each.id === event.id ? { ...each, serving: true } : each,
          ),
      }),
      leave: assign({
        members: ({ context, event }) =>
          context.members.filter(({ id }) => event.type !== "radio.withdrawn" || id !== event.id),
        surveyor: ({ context, event }) =>
          event.type === "radio.withdrawn" && event.id === context.surveyor ? null : context.surveyor,
      }),
      noteSurvey: assign({
        neighbours: ({ context, event }) => (event.type === "radio.surveyed" ? event.neighbours : context.neighbours),
        surveyor: ({ context, event }) =>
          event.type === "radio.surveyed" && event.id === context.surveyor ? null : context.surveyor,
      }),
      forgetNeighbours: assign({ neighbours: null }),
      /** Channels and orders as everything stands now. */
      place: enqueueActions(({ context, enqueue }) => {
        const { orders, members, surveyor } = place(context, context.hostapdReady && !lanIsStale(context));
        enqueue.assign({ members, surveyor });
        for (const each of orders) enqueue.sendParent({ type: "radio.order", ...each });
      }),
      noteReady: assign({ hostapdReady: true, hostapdFailure: null }),
      /** Whatever was in hostapd is no longer. */
      noteDown: enqueueActions(({ context, event, enqueue }) => {
        for (const { id, told } of context.members) {
          if (told !== null) enqueue.sendParent({ type: "radio.order", id, order: { type: "accessPoint.down" } });
        }
        enqueue.assign({
          hostapdReady: false,
          hostapdFailure:
            event.type === "daemon.exited" && event.failure !== null ? event.failure : context.hostapdFailure,
          members: context.members.map((each) => ({ ...each, told: null, serving: false })),
        });
      }),
      noteHostapdFailure: assign({ hostapdFailure: (_, params: { failure: Failure }) => params.failure }),
      stopHostapd: sendTo("hostapd", { type: "daemon.stop" }),
      wantLan: assign({ lanWanted: true }),
      noteLan: assign({ lan: (_, params: { lan: DesiredLan }) => params.lan, lanFailure: null, lanAttempts: 0 }),
      noteLanFailure: assign({
        lanFailure: (_, params: { failure: Failure }) => params.failure,
        lanAttempts: ({ context }) => context.lanAttempts + 1,
      }),
      forgetLan: assign({ lan: null, lanWanted: false, lanFailure: null, lanAttempts: 0 }),
      noteEnding: assign({ ending: true }),
    },
    delays: {
      linger: TIMES.lingerMs,
      neighbours: TIMES.neighboursMs,
      failed: TIMES.failedMs,
      restoreTimeout: TIMES.restoreTimeoutMs,
      retry: ({ context }) => backoffMs(context.lanAttempts, 1_000, 60_000, random),
    },
  }).createMachine({
    id: "accessPoint",
    context: () => ({
      settings: effects.settings(),
      members: [],
      neighbours: null,
      surveyor: null,
      lanWanted: false,
      lan: null,
      lanFailure: null,
      lanAttempts: 0,
      hostapdReady: false,
      hostapdFailure: null,
      ending: false,
    }),
    on: {
      "radio.offered": { actions: ["join", "place"] },
      "radio.surveyed": { actions: ["noteSurvey", "place"] },
      "radio.serving": { actions: "noteServing" },
      "radio.withdrawn": { actions: ["leave", "place"] },
      "accessPoint.configured": { actions: ["noteSettings", "place"] },
      "accessPoint.stop": { actions: "noteEnding" },
    },
    type: "parallel",
    states: {
      lan: {
        initial: "absent",
        states: {
          absent: {
            always: [
              { guard: "isEnding", target: "restoring" },
              { guard: "wantsLan", target: "applying" },
            ],
          },
          applying: {
            entry: "wantLan",
            invoke: {
              id: "applyLan",
              src: "applyLan",
              input: ({ context }) => context.settings.lan,
              onDone: {
                target: "settled",
                actions: [{ type: "noteLan", params: ({ event }) => ({ lan: event.output }) }, "place"],
              },
              onError: {
                target: "retrying",
                actions: { type: "noteLanFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              },
            },
          },
          settled: {
            always: [
              { guard: and(["isEnding", stateIn({ hostapd: "ended" })]), target: "restoring" },
              { guard: and([not("isEnding"), not("wantsLan")]), target: "restoring" },
              { guard: and(["wantsLan", "lanIsStale"]), target: "applying" },
            ],
          },
          retrying: {
            tags: "faulted",
            always: [{ guard: not("wantsLan"), target: "restoring" }],
            on: { "accessPoint.configured": { target: "applying", actions: ["noteSettings", "place"] } },
            after: { retry: "applying" },
          },
          restoring: {
            invoke: { id: "restoreLan", src: "restoreLan", onDone: "restored", onError: "restored" },
            after: { restoreTimeout: "restored" },
          },
          restored: {
            entry: "forgetLan",
            always: [{ guard: "isEnding", target: "ended" }, { target: "absent" }],
          },
          ended: { type: "final" },
        },
      },
      hostapd: {
        initial: "off",
        states: {
          off: {
            always: [
              { guard: "isEnding", target: "ended" },
              { guard: "hasMembers", target: "on" },
            ],
          },
          on: {
            invoke: {
              id: "hostapd",
              src: "hostapd",
              input: { name: "hostapd", start: {} },
              onDone: { target: "off", actions: "noteDown" },
              onError: {
                target: "failed",
                actions: [
                  "noteDown",
                  { type: "noteHostapdFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                ],
              },
            },
            on: {
              "daemon.ready": { actions: ["noteReady", "place"] },
              "daemon.ending": { actions: "noteDown" },
              "daemon.exited": { actions: "noteDown" },
              "daemon.notice": {},
            },
            initial: "running",
            states: {
              running: {
                always: [
                  { guard: "isEnding", target: "stopping" },
                  { guard: not("hasMembers"), target: "lingering" },
                ],
              },
              lingering: {
                always: [
                  { guard: "isEnding", target: "stopping" },
                  { guard: "hasMembers", target: "running" },
                ],
                after: { linger: "stopping" },
              },
              stopping: { entry: "stopHostapd" },
            },
          },
          failed: {
            tags: "faulted",
            always: { guard: "isEnding", target: "ended" },
            after: { failed: "off" },
          },
          ended: { type: "final" },
        },
      },
      neighbours: {
        initial: "unknown",
        states: {
          unknown: {
            always: { guard: "isEnding", target: "ended" },
            on: { "radio.surveyed": { target: "known", actions: ["noteSurvey", "place"] } },
          },
          known: {
            always: { guard: "isEnding", target: "ended" },
            after: { neighbours: { target: "unknown", actions: "forgetNeighbours" } },
          },
          ended: { type: "final" },
        },
      },
    },
  });
}
