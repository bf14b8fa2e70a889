import { assign, enqueueActions, fromCallback, fromPromise, raise, sendParent, sendTo, setup, stateIn } from "xstate";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { DialPlan } from "../../src/rules/types.ts";
import { backoffMs } from "../backoff.ts";
import { createDaemonMachine, type DaemonTimes } from "../daemon/machine.ts";
import { type Failure, type FailureKind, failure, failureFrom, mendOf } from "../failure.ts";
import { ttysAfter } from "../ttys.ts";
import {
  bearerOf,
  currentBearer,
  type ModemContext,
  type ModemEvent,
  type ModemInput,
  portsOf,
  pppStart,
  schemeIsComplete,
} from "./context.ts";
import type { Bearer, ModemEffects, ModemFacts, ModemPorts, PppLink, PppStart, RegistrationEvent } from "./effects.ts";
import { MODEM_TIMES, type ModemTimes } from "./times.ts";

/** pppd as a supervised process: it waits for the call at its connector, so it is started again at once. */
const PPPD_TIMES: DaemonTimes = {
  // It is ready only when IPCP is through, and before that it waits for registration and dialling, whose bounds are the modem's.
  startTimeoutMs: 24 * 3_600_000,
  stopTimeoutMs: 3_000,
  stableMs: 60_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
};

export interface ModemDependencies {
  readonly effects: ModemEffects;
  readonly random: () => number;
  readonly times?: ModemTimes;
}

/**
 * The life of one modem, from its serial ports to an uplink, and back.
 *
 * ```
 * probing ─▶ identifying ─▶ working ┬ registering ─▶ dialling ─▶ negotiating ─▶ online
 *    ▲                              │      ▲────────── redialling ◀──┴───────────┘
 *    └──── resting ◀── releasing ◀──┴ hangingUp
 *                          └─▶ stopped (final)
 * ```
 * pppd is started on entering `working` and waits at its connector while the modem registers, so that its slow
 * start is not on the way; the call is made when both are ready.
 */
export function createModemMachine({ effects, random, times = MODEM_TIMES }: ModemDependencies) {
  return setup({
    types: {
      context: {} as ModemContext,
      events: {} as ModemEvent,
      input: {} as ModemInput,
      tags: {} as "online" | "faulted",
    },
    actors: {
      findPorts: fromPromise<ModemPorts, Pick<ModemContext, "port" | "ttys" | "scheme">>(({ input, signal }) =>
        effects.findPorts(input, signal),
      ),
      identify: fromPromise<
        { facts: ModemFacts; bearers: readonly Bearer[] },
        { port: PortPath; ports: ModemPorts; dial: DialPlan }
      >(async ({ input, signal }) => {
        const facts = await effects.identify(input, signal);
        return { facts, bearers: await effects.chooseBearers({ port: input.port, facts }, signal) };
      }),
      watchRegistration: fromCallback<RegistrationEvent, { port: PortPath; ports: ModemPorts }>(({ input, sendBack }) =>
        effects.watchRegistration(input, sendBack),
      ),
      dial: fromPromise<void, { port: PortPath; ports: ModemPorts; bearer: Bearer; dial: DialPlan }>(
        ({ input, signal }) => effects.dial(input, signal),
      ),
      pppd: createDaemonMachine<PppStart>(effects.runPppd, PPPD_TIMES, random),
      release: fromPromise<void, { port: PortPath }>(({ input, signal }) => effects.release(input, signal)),
    },
    guards: {
      schemeComplete: ({ context }) => schemeIsComplete(context),
      anyTty: ({ context }) => context.ttys.length > 0,
      registered: ({ context }) =>
        context.registration?.status === "home" || (context.registration?.status === "roaming" && context.roaming),
      portIsGone: ({ event }) => event.type === "registration.failed" && event.failure.kind === "DeviceGone",
      denied: ({ event }) => event.type === "registration.changed" && event.registration.status === "denied",
      isOurPort: ({ context, event }) => {
        if (event.type !== "tty.vanished" || context.ports === null) return false;
        const tty = context.ttys.find((one) => one.interface === event.interface);
        return tty !== undefined && (tty.path === context.ports.at || tty.path === context.ports.data);
      },
      connectorWaits: ({ event }) => event.type === "daemon.notice" && event.name === "connector.waiting",
      lineIsTaken: ({ event }) => event.type === "daemon.notice" && event.name === "line.taken",
      stopping: ({ context }) => context.goal === "stop",
      portsWereMissing: ({ context }) => context.failure?.kind === "PortsMissing",
    },
    actions: {
      addTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      dropTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      noteRegistration: assign({
        registration: ({ context, event }) =>
          event.type === "registration.changed" ? event.registration : context.registration,
      }),
      noteFailure: assign({
        failure: (_, params: { failure: Failure }) => params.failure,
        attempts: ({ context }) => context.attempts + 1,
      }),
      noteLostPort: assign({
        failure: ({ context }) => failure("LinkLost", `a serial port of the modem in ${context.port} vanished`),
        attempts: ({ context }) => context.attempts + 1,
      }),
      notePppdEnd: assign({
        failure: ({ context, event }) =>
          (event.type === "daemon.exited" ? event.failure : null) ??
          failure("LinkLost", `pppd on ${context.port} ended`),
        attempts: ({ context }) => context.attempts + 1,
      }),
      giveUp: raise(({ context }, params: { kind: FailureKind; what: string }) => ({
        type: "modem.gaveUp" as const,
        failure: failure(params.kind, `${context.port}: ${params.what}`),
      })),
      passOn: enqueueActions(({ event, enqueue }) => {
        if (event.type === "registration.failed") enqueue.raise({ type: "modem.gaveUp", failure: event.failure });
      }),
      noteLink: assign({
        link: ({ event }) => (event.type === "daemon.ready" ? (event.detail as unknown as PppLink) : null),
      }),
      forgetLink: assign({ link: null }),
      noteOnline: assign({ failure: null, attempts: 0 }),
      nextBearer: enqueueActions(({ context, enqueue }) => {
        if (context.bearers.length < 2) return;
        const bearerIndex = context.bearerIndex + 1;
        enqueue.assign({ bearerIndex });
        // User and password belong to the bearer, and a pppd that waits has the last one's.
        enqueue.sendTo("pppd", { type: "daemon.restart", start: pppStart({ ...context, bearerIndex }) });
      }),
      forgetFailures: assign({ attempts: 0 }),
      aimAtStop: assign({ goal: "stop" }),
      rememberBearer: ({ context }) => {
        const bearer = currentBearer(context);
        if (bearer !== null && context.facts !== null) effects.rememberBearer({ facts: context.facts, bearer });
      },
      reportOnline: sendParent(({ context }) => ({ type: "modem.online", link: context.link })),
      reportOffline: sendParent({ type: "modem.offline" }),
      stopPppd: sendTo("pppd", { type: "daemon.stop" }),
    },
    delays: {
      portsSettle: times.portsSettleMs,
      portsTimeout: times.portsTimeoutMs,
      registrationTimeout: times.registrationTimeoutMs,
      negotiationTimeout: times.negotiationTimeoutMs,
      watchRetry: times.watchRetryMs,
      redial: ({ context }) => backoffMs(context.attempts, times.redialBaseMs, times.redialMaxMs, random),
      rest: ({ context }) => {
        const mend = context.failure === null ? "soon" : mendOf(context.failure.kind);
        if (mend === "hand") return times.restHandMs;
        if (mend === "later") return times.restLaterMs;
        return backoffMs(context.attempts, times.restSoonMs, times.restSoonMaxMs, random);
      },
      hangUpTimeout: times.hangUpTimeoutMs,
    },
  }).createMachine({
    id: "modem",
    context: ({ input }) => ({
      ...input,
      ports: null,
      facts: null,
      bearers: [],
      bearerIndex: 0,
      registration: null,
      link: null,
      failure: null,
      attempts: 0,
      goal: "rest",
    }),
    on: {
      "tty.appeared": { actions: "addTty" },
      "tty.vanished": { actions: "dropTty" },
      "modem.stop": { target: ".releasing", actions: "aimAtStop" },
    },
    initial: "probing",
    states: {
      probing: {
        initial: "awaitingPorts",
        after: {
          portsTimeout: {
            target: "releasing",
            actions: {
              type: "noteFailure",
              params: ({ context }) => ({
                failure: failure(
                  "PortsMissing",
                  `the modem in ${context.port} has ${context.ttys.length} serial ports; the one it needs did not appear`,
                ),
              }),
            },
          },
        },
        states: {
          awaitingPorts: {
            always: { guard: "schemeComplete", target: "choosing" },
            on: { "tty.appeared": { target: "awaitingPorts", reenter: true, actions: "addTty" } },
            after: { portsSettle: { guard: "anyTty", target: "choosing" } },
          },
          choosing: {
            invoke: {
              id: "findPorts",
              src: "findPorts",
              input: ({ context }) => ({ port: context.port, ttys: context.ttys, scheme: context.scheme }),
              onDone: {
                target: "#modem.identifying",
                actions: assign({ ports: ({ event }) => event.output }),
              },
              onError: {
                target: "#modem.releasing",
                actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              },
            },
          },
        },
      },
      identifying: {
        on: {
          "tty.vanished": [
            { guard: "isOurPort", target: "releasing", actions: ["dropTty", "noteLostPort"] },
            { actions: "dropTty" },
          ],
        },
        invoke: {
          id: "identify",
          src: "identify",
          input: ({ context }) => ({ port: context.port, ports: portsOf(context), dial: context.dial }),
          onDone: {
            target: "working",
            actions: assign({
              facts: ({ event }) => event.output.facts,
              bearers: ({ event }) => event.output.bearers,
            }),
          },
          onError: {
            target: "releasing",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
      },
      working: {
        invoke: {
          id: "pppd",
          src: "pppd",
          input: ({ context }) => ({
            name: `pppd ${context.port}`,
            start: pppStart(context),
          }),
          onDone: "releasing",
          onError: {
            target: "releasing",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
        on: {
          "modem.stop": { target: ".hangingUp", actions: "aimAtStop" },
          "tty.vanished": [
            { guard: "isOurPort", target: ".hangingUp", actions: ["dropTty", "noteLostPort"] },
            { actions: "dropTty" },
          ],
          "modem.gaveUp": {
            target: ".hangingUp",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
          },
        },
        initial: "connecting",
        states: {
          connecting: {
            type: "parallel",
            states: {
              watch: {
                initial: "listening",
                states: {
                  listening: {
                    invoke: {
                      id: "watchRegistration",
                      src: "watchRegistration",
                      input: ({ context }) => ({ port: context.port, ports: portsOf(context) }),
                      onError: "deaf",
                    },
                    on: {
                      "registration.changed": { actions: "noteRegistration" },
                      // The tty was hung up: its device is going, and says so sooner than the kernel's event comes.
                      "registration.failed": [{ guard: "portIsGone", actions: "passOn" }, { target: "deaf" }],
                    },
                  },
                  // A working link is never given up because the AT port went silent: only listened for again.
                  deaf: { after: { watchRetry: "listening" } },
                },
              },
              connector: {
                initial: "absent",
                states: {
                  absent: { on: { "daemon.notice": { guard: "connectorWaits", target: "waiting" } } },
                  waiting: {
                    on: { "daemon.exited": "absent", "daemon.notice": { guard: "lineIsTaken", target: "absent" } },
                  },
                },
              },
              call: {
                initial: "registering",
                states: {
                  registering: {
                    always: {
                      guard: "registered",
                      target: "ready",
                    },
                    on: {
                      "registration.changed": [
                        {
                          guard: "denied",
                          actions: [
                            "noteRegistration",
                            {
                              type: "giveUp",
                              params: { kind: "RegistrationDenied", what: "the network refuses the SIM" },
                            },
                          ],
                        },
                        { actions: "noteRegistration" },
                      ],
                      "registration.failed": { actions: "passOn" },
                    },
                    after: {
                      registrationTimeout: [
                        {
                          guard: ({ context }) => context.registration?.status === "roaming",
                          actions: {
                            type: "giveUp",
                            params: { kind: "RoamingForbidden", what: "only a foreign network is in reach" },
                          },
                        },
                        {
                          actions: {
                            type: "giveUp",
                            params: {
                              kind: "RegistrationTimeout",
                              what: `no network found within ${times.registrationTimeoutMs / 1000} s`,
                            },
                          },
                        },
                      ],
                    },
                  },
                  // Registered; the call is made as soon as pppd waits at its connector.
                  ready: {
                    always: {
                      guard: stateIn({ working: { connecting: { connector: "waiting" } } }),
                      target: "dialling",
                    },
                  },
                  dialling: {
                    invoke: {
                      id: "dial",
                      src: "dial",
                      input: ({ context }) => ({
                        port: context.port,
                        ports: portsOf(context),
                        bearer: bearerOf(context),
                        dial: context.dial,
                      }),
                      onDone: "negotiating",
                      onError: {
                        target: "redialling",
                        actions: [
                          { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                          "nextBearer",
                        ],
                      },
                    },
                    on: { "daemon.exited": { target: "redialling", actions: "notePppdEnd" } },
                  },
                  negotiating: {
                    on: {
                      "daemon.ready": { target: "online", actions: "noteLink" },
                      "daemon.exited": { target: "redialling", actions: ["notePppdEnd", "nextBearer"] },
                    },
                    after: {
                      negotiationTimeout: {
                        actions: { type: "giveUp", params: { kind: "NegotiationFailed", what: "pppd said nothing" } },
                      },
                    },
                  },
                  online: {
                    tags: "online",
                    entry: ["noteOnline", "reportOnline", "rememberBearer"],
                    exit: ["reportOffline", "forgetLink"],
                    on: { "daemon.exited": { target: "redialling", actions: "notePppdEnd" } },
                  },
                  redialling: {
                    tags: "faulted",
                    on: { "modem.retry": { target: "registering", actions: "forgetFailures" } },
                    after: { redial: "registering" },
                  },
                },
              },
            },
          },
          hangingUp: {
            entry: "stopPppd",
            on: {
              "modem.gaveUp": {},
              "modem.stop": { actions: "aimAtStop" },
              "tty.vanished": { actions: "dropTty" },
            },
            after: { hangUpTimeout: "#modem.releasing" },
          },
        },
      },
      releasing: {
        on: { "modem.stop": { actions: "aimAtStop" } },
        invoke: {
          id: "release",
          src: "release",
          input: ({ context }) => ({ port: context.port }),
          onDone: "released",
          onError: "released",
        },
        after: { hangUpTimeout: "released" },
      },
      released: {
        entry: assign({ ports: null, registration: null }),
        always: [{ guard: "stopping", target: "stopped" }, { target: "resting" }],
      },
      resting: {
        tags: "faulted",
        on: {
          "modem.stop": "stopped",
          "modem.retry": { target: "probing", actions: "forgetFailures" },
          "tty.appeared": [{ guard: "portsWereMissing", target: "probing", actions: "addTty" }, { actions: "addTty" }],
        },
        after: { rest: "probing" },
      },
      stopped: { type: "final" },
    },
  });
}
