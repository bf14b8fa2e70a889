import { assign, enqueueActions, fromCallback, fromPromise, sendParent, setup } from "xstate";
import type { Neighbour, RadioDevice, RadioSetup, VerifiedRadio } from "../../src/radio/types.ts";
import { backoffMs } from "../backoff.ts";
import { type Failure, FailureError, failure, failureFrom, mendOf } from "../failure.ts";
import type { RadioContext, RadioEvent } from "./context.ts";
import type { RadioEffects, ServingEvent } from "./effects.ts";

export interface RadioDependencies {
  readonly effects: RadioEffects;
  readonly random: () => number;
  readonly times?: RadioTimes;
}

/** Every wait of a radio's life, in ms. */
export interface RadioTimes {
  /** From its plug to its phy and interface: a driver may load its firmware first. */
  readonly identifyTimeoutMs: number;
  /** Safety nets: the effects bound themselves. */
  readonly verifyTimeoutMs: number;
  readonly surveyTimeoutMs: number;
  readonly addTimeoutMs: number;
  readonly removeTimeoutMs: number;
  /** Rejected for what may pass soon, doubled each time; and for what others have to change. */
  readonly retryBaseMs: number;
  readonly retryLaterMs: number;
  readonly retryMaxMs: number;
  /** Served for so long, a failure counts as the first again. */
  readonly stableMs: number;
}

export const RADIO_TIMES: RadioTimes = {
  identifyTimeoutMs: 8_000,
  verifyTimeoutMs: 20_000,
  surveyTimeoutMs: 10_000,
  addTimeoutMs: 25_000,
  removeTimeoutMs: 10_000,
  retryBaseMs: 1_000,
  retryLaterMs: 30_000,
  retryMaxMs: 300_000,
  stableMs: 60_000,
};

/**
 * One radio, from its plug to its place in the access point, or to the reason why it has none.
 *
 * ```
 * identifying ─▶ verifying ─▶ joining: asked ─▶ (surveying ─▶ asked) ─▶ adding ─▶ serving
 *                    │                   ▲                               │  │        │
 *                    │                   └──── hostapd is away ──────────┴──┼────────┤
 *                    └──────────────▶ rejected ◀─────── refused, failed ────┘◀───────┤
 *                                                     vanished, told to stop: leaving ─▶ identifying | released (final)
 * ```
 * It is verified twice: by what the kernel says of it (`verifying`), and by hostapd's reaching AP-ENABLED (`adding`). A rejected
 * one is as it was before. Its owner is a port, or the agent where the config names its interface.
 */
export function createRadioMachine({ effects, random, times = RADIO_TIMES }: RadioDependencies) {
  return setup({
    types: {
      context: {} as RadioContext,
      events: {} as RadioEvent,
      input: {} as { device: RadioDevice },
      tags: {} as "faulted",
    },
    actors: {
      verify: fromPromise<VerifiedRadio, RadioDevice>(({ input, signal }) => effects.verify(input, signal)),
      survey: fromPromise<readonly Neighbour[], { interface: string; channels: readonly number[] }>(
        ({ input, signal }) => effects.survey(input.interface, input.channels, signal),
      ),
      add: fromPromise<void, RadioSetup>(({ input, signal }) => effects.addRadio(input, signal)),
      remove: fromPromise<void, string>(({ input }) => effects.removeRadio(input)),
      watchInterface: fromCallback<RadioEvent, string | null>(({ input, sendBack }) =>
        input === null ? undefined : effects.watchInterface(input, () => sendBack({ type: "interface.changed" })),
      ),
      watch: fromCallback<ServingEvent, string>(({ input, sendBack }) => effects.watchRadio(input, sendBack)),
    },
    guards: {
      isThere: ({ context: { device } }) => device.phy !== null && device.interface !== null,
      isEnding: ({ context }) => context.ending,
      hasFailed: ({ context }) => context.failure !== null,
      hostapdHasEnded: ({ event }) => event.type === "radio.failed" && event.failure.kind === "ProcessCrashed",
      isNews: ({ context, event }) =>
        event.type === "accessPoint.place" && JSON.stringify(event.setup) !== JSON.stringify(context.setup),
      isOther: ({ context: { device }, event }) =>
        event.type === "radio.appeared" && JSON.stringify(event.radio) !== JSON.stringify(device),
      wasBusy: ({ context: { failure } }) => failure?.kind === "InterfaceBusy",
      mayMendItself: ({ context: { failure } }) => failure !== null && mendOf(failure.kind) !== "hand",
    },
    actions: {
      noteDevice: assign({
        device: ({ context, event }) => (event.type === "radio.appeared" ? event.radio : context.device),
      }),
      noteGone: assign({ device: ({ context }) => ({ ...context.device, phy: null, interface: null, blocked: null }) }),
      noteVerified: assign({ verified: (_, params: { verified: VerifiedRadio }) => params.verified }),
      noteSetup: assign({
        setup: ({ context, event }) => (event.type === "accessPoint.place" ? event.setup : context.setup),
      }),
      noteStations: assign({
        stations: ({ context: { stations }, event }) => {
          if (event.type !== "station.joined" && event.type !== "station.left") return stations;
          const others = stations.filter((mac) => mac !== event.mac);
          return event.type === "station.joined" ? [...others, event.mac] : others;
        },
      }),
      forgetStations: assign({ stations: [] }),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
      forgetFailure: assign({ failure: null }),
      forgetAttempts: assign({ attempts: 0 }),
      noteEnding: assign({ ending: true }),
      offer: sendParent(({ context: { id, verified } }) => {
        if (verified === null) throw new FailureError("Internal", `${id} was offered without having been verified`);
        return { type: "radio.offered", id, radio: verified };
      }),
      reportSurvey: sendParent(({ context: { id } }, params: { neighbours: readonly Neighbour[] }) => ({
        type: "radio.surveyed",
        id,
        neighbours: params.neighbours,
      })),
      reportServing: sendParent(({ context: { id } }) => ({ type: "radio.serving", id })),
      /** Its place is free; only told where it had asked for one. */
      withdraw: enqueueActions(({ context: { id, verified }, enqueue }) => {
        if (verified !== null) enqueue.sendParent({ type: "radio.withdrawn", id });
        enqueue.assign({ verified: null, setup: null, stations: [] });
      }),
    },
    delays: {
      identifyTimeout: times.identifyTimeoutMs,
      verifyTimeout: times.verifyTimeoutMs,
      surveyTimeout: times.surveyTimeoutMs,
      addTimeout: times.addTimeoutMs,
      removeTimeout: times.removeTimeoutMs,
      stable: times.stableMs,
      retry: ({ context: { failure, attempts } }) => {
        const isSoon = failure !== null && mendOf(failure.kind) === "soon";
        return backoffMs(attempts, isSoon ? times.retryBaseMs : times.retryLaterMs, times.retryMaxMs, random);
      },
    },
  }).createMachine({
    id: "radio",
    context: ({ input }) => ({
      id: input.device.id,
      device: input.device,
      verified: null,
      setup: null,
      stations: [],
      failure: null,
      attempts: 0,
      ending: false,
    }),
    initial: "identifying",
    on: {
      "radio.appeared": { guard: "isOther", target: ".leaving", actions: "noteDevice" },
      "radio.vanished": { target: ".leaving", actions: ["noteGone", "forgetFailure", "forgetAttempts"] },
      "radio.stop": { target: ".leaving", actions: "noteEnding" },
    },
    states: {
      // A driver makes the phy first, the interface after it, and udev gives that its name.
      identifying: {
        always: { guard: "isThere", target: "verifying" },
        on: {
          "radio.appeared": { actions: "noteDevice" },
          "radio.stop": "released",
          "radio.vanished": { actions: "noteGone" },
        },
        // Then it is asked what is missing.
        after: { identifyTimeout: "verifying" },
      },
      verifying: {
        invoke: {
          id: "verify",
          src: "verify",
          input: ({ context }) => context.device,
          onDone: {
            target: "joining",
            actions: { type: "noteVerified", params: ({ event }) => ({ verified: event.output }) },
          },
          onError: { target: "rejected", actions: { type: "noteFailure", params: ({ event }) => fault(event) } },
        },
        on: {
          "radio.appeared": { guard: "isOther", target: "identifying", actions: "noteDevice" },
          "radio.vanished": { target: "identifying", actions: ["noteGone", "forgetFailure"] },
          "radio.stop": "released",
          "radio.configured": { target: "verifying", reenter: true },
        },
        after: {
          verifyTimeout: {
            target: "rejected",
            actions: {
              type: "noteFailure",
              params: ({ context }) => ({
                failure: failure("PhyMissing", `the kernel does not tell in time what ${context.id} can do`),
              }),
            },
          },
        },
      },
      joining: {
        on: {
          "accessPoint.refuse": {
            target: "leaving",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
          },
        },
        initial: "offering",
        states: {
          offering: { entry: ["forgetFailure", "offer"], always: "asked" },
          asked: {
            on: {
              "accessPoint.survey": "surveying",
              "accessPoint.place": { target: "adding", actions: "noteSetup" },
            },
          },
          surveying: {
            invoke: {
              id: "survey",
              src: "survey",
              input: ({ context, event }) => ({
                interface: context.verified?.interface ?? "",
                channels: event.type === "accessPoint.survey" ? event.channels : [],
              }),
              onDone: {
                target: "asked",
                actions: { type: "reportSurvey", params: ({ event }) => ({ neighbours: event.output }) },
              },
              // A choice is made without it.
              onError: { target: "asked", actions: { type: "reportSurvey", params: { neighbours: [] } } },
            },
            on: { "accessPoint.place": { target: "adding", actions: "noteSetup" } },
            after: {
              surveyTimeout: { target: "asked", actions: { type: "reportSurvey", params: { neighbours: [] } } },
            },
          },
          adding: {
            invoke: {
              id: "add",
              src: "add",
              input: ({ context }) => context.setup as RadioSetup,
              onDone: "#radio.serving",
              onError: [
                // hostapd has ended: it is told anew what to be when that is back.
                { guard: ({ event }) => failureFrom(event.error).kind === "ProcessCrashed", target: "asked" },
                {
                  target: "#radio.rejected",
                  actions: { type: "noteFailure", params: ({ event }) => fault(event) },
                },
              ],
            },
            on: {
              "accessPoint.place": { guard: "isNews", target: "adding", reenter: true, actions: "noteSetup" },
              "accessPoint.down": "asked",
            },
            after: {
              addTimeout: {
                target: "#radio.leaving",
                actions: {
                  type: "noteFailure",
                  params: ({ context }) => ({
                    failure: failure("HostapdRefused", `hostapd does not start ${context.device.interface} in time`),
                  }),
                },
              },
            },
          },
        },
      },
      serving: {
        entry: "reportServing",
        exit: "forgetStations",
        invoke: {
          id: "watch",
          src: "watch",
          input: ({ context }) => context.verified?.interface ?? "",
          onError: { target: "leaving", actions: { type: "noteFailure", params: ({ event }) => fault(event) } },
        },
        on: {
          "station.joined": { actions: "noteStations" },
          "station.left": { actions: "noteStations" },
          "radio.failed": [
            { guard: "hostapdHasEnded", target: "joining.asked" },
            {
              target: "leaving",
              actions: { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
            },
          ],
          "accessPoint.place": { guard: "isNews", target: "joining.adding", actions: "noteSetup" },
          "accessPoint.down": "joining.asked",
          "accessPoint.refuse": {
            target: "leaving",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
          },
        },
        after: { stable: { actions: "forgetAttempts" } },
      },
      // Out of hostapd, and its interface given back.
      leaving: {
        invoke: {
          id: "remove",
          src: "remove",
          input: ({ context }) => context.verified?.interface ?? "",
          onDone: "left",
          onError: "left",
        },
        on: {
          "radio.appeared": { actions: "noteDevice" },
          "radio.vanished": { actions: ["noteGone", "forgetFailure"] },
          "radio.stop": { actions: "noteEnding" },
        },
        after: { removeTimeout: "left" },
      },
      left: {
        entry: "withdraw",
        always: [
          { guard: "isEnding", target: "released" },
          { guard: "hasFailed", target: "rejected" },
          { target: "identifying" },
        ],
      },
      rejected: {
        tags: "faulted",
        entry: "withdraw",
        invoke: {
          id: "watchInterface",
          src: "watchInterface",
          input: ({ context }) => context.device.interface,
          // It is tried again by the clock alone.
          onError: {},
        },
        on: {
          "interface.changed": { guard: "wasBusy", target: "identifying", actions: "forgetAttempts" },
          "radio.appeared": { guard: "isOther", target: "identifying", actions: ["noteDevice", "forgetFailure"] },
          "radio.vanished": { target: "identifying", actions: ["noteGone", "forgetFailure", "forgetAttempts"] },
          "radio.retry": { target: "identifying", actions: "forgetAttempts" },
          "radio.configured": { target: "identifying", actions: "forgetAttempts" },
          "radio.stop": "released",
        },
        after: { retry: { guard: "mayMendItself", target: "identifying" } },
      },
      released: { type: "final" },
    },
  });
}

function fault(event: { readonly error: unknown }): { failure: Failure } {
  return { failure: failureFrom(event.error) };
}
