import { assign, fromPromise, sendParent, sendTo, setup, stateIn } from "xstate";
import type { PortPath, UsbDevice } from "../../src/hotplug/types.ts";
import type { Identity, SwitchPlan } from "../../src/rules/types.ts";
import { type Failure, FailureError, failure, failureFrom } from "../failure.ts";
import type { ModemEffects } from "../modem/effects.ts";
import { createModemMachine } from "../modem/machine.ts";
import { afterStep, NO_RECOVERY } from "../modem/recovery.ts";
import type { ModemTimes } from "../modem/times.ts";
import { ttysAfter } from "../ttys.ts";
import type { Membership } from "../uplinks/effects.ts";
import type { PortContext, PortEvent } from "./context.ts";
import type { PortEffects } from "./effects.ts";
import { PORT_TIMES, type PortTimes } from "./times.ts";

/** Tries in a row before a switch is given up for a while. */
const SWITCH_ATTEMPTS = 3;

export interface PortDependencies {
  readonly effects: PortEffects;
  readonly modem: ModemEffects;
  readonly random: () => number;
  readonly times?: PortTimes;
  readonly modemTimes?: ModemTimes;
}

/**
 * One physical USB port, whatever is plugged into it over time.
 *
 * ```
 * empty ─▶ identifying ┬▶ switching ─▶ (gone, back as a modem) ─▶ identifying
 *                      ├▶ doubting ─▶ occupied
 *                      ├▶ occupied (runs the modem machine) ─▶ clearing ─▶ empty | identifying | disabled
 *                      │                                          └▶ returning (it was reset) ─▶ identifying
 *                      ├▶ leftAlone (not ours)   ├▶ disabled (by hand or config)   └▶ stuck (cannot be switched)
 * ```
 * Teardown of a modem is a state (`clearing`); a device plugged in meanwhile waits there for its turn.
 */
export function createPortMachine({ effects, modem, random, times = PORT_TIMES, modemTimes }: PortDependencies) {
  return setup({
    types: {
      context: {} as PortContext,
      events: {} as PortEvent,
      input: {} as { port: PortPath },
      tags: {} as "faulted" | "unplugExpected" | "empty",
    },
    actors: {
      switchMode: fromPromise<void, { device: UsbDevice; plan: SwitchPlan }>(({ input, signal }) =>
        effects.switchMode(input, signal),
      ),
      modem: createModemMachine({ effects: modem, random, ...(modemTimes === undefined ? {} : { times: modemTimes }) }),
    },
    guards: {
      isEmpty: ({ context }) => context.device === null,
      isReturning: ({ context }) => context.device === null && context.recovery.step !== null,
      isDisabled: ({ context }) => !effects.settings(context.port).enabled && isOurs(context.identity),
      isStorage: ({ context }) => context.identity?.kind === "storage",
      isModem: ({ context }) => context.identity?.kind === "modem",
      isMaybe: ({ context }) => context.identity?.kind === "maybe",
      isUnswitchable: ({ context }) => context.identity?.kind === "unswitchable",
      hasModemTty: ({ context }) => context.ttys.some((tty) => effects.modemDrivers.includes(tty.driver)),
      switchExhausted: ({ context }) => (context.switching?.attempts ?? 0) >= SWITCH_ATTEMPTS,
    },
    actions: {
      noteDevice: assign({
        device: ({ event }) => (event.type === "device.attached" ? event.device : null),
        ttys: [],
        recovery: ({ context }) => (context.recovery.step === null ? NO_RECOVERY : context.recovery),
      }),
      noteGone: assign({ device: null, ttys: [] }),
      identify: assign({
        identity: ({ context }) => (context.device === null ? null : effects.rules.identify(context.device)),
      }),
      addTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      dropTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      tellModem: sendTo("modem", ({ event }) => event),
      noteRecovery: assign({
        recovery: ({ context, event }) => (event.type === "modem.recovery" ? event.recovery : context.recovery),
      }),
      // Back from a step of its recovery, if it was on one.
      endStep: assign({ recovery: ({ context }) => afterStep(context.recovery, true) }),
      forgetRecovery: assign({ recovery: NO_RECOVERY }),
      // XState leaves the children of a machine that threw running: its pppd and its turn must not outlive the modem.
      endOrphans: ({ context, self }) => {
        const ended = self.getSnapshot().children.modem?.getSnapshot();
        ended?.children.pppd?.send({ type: "daemon.stop" });
        modem.endTurn({ port: context.port });
      },
      retryModem: sendTo("modem", { type: "modem.retry" }),
      stopModem: sendTo("modem", { type: "modem.stop" }),
      beginSwitch: assign({
        switching: ({ context }) =>
          context.identity?.kind === "storage" && context.device !== null
            ? {
                plan: context.identity.plan,
                // Back in storage mode after a switch: the count goes on.
                attempts: context.switching?.attempts ?? 0,
              }
            : null,
      }),
      countSwitch: assign({
        switching: ({ context }) =>
          context.switching === null ? null : { ...context.switching, attempts: context.switching.attempts + 1 },
      }),
      endSwitch: assign({ switching: null }),
      noteFailure: assign({ failure: (_, params: { failure: Failure }) => params.failure }),
      forgetFailure: assign({ failure: null }),
      noteUnswitchable: assign({
        failure: ({ context }) =>
          failure(
            "SwitchUnsupported",
            context.identity?.kind === "unswitchable"
              ? `${context.identity.name} in ${context.port} needs the switching method ${context.identity.method}`
              : `the device in ${context.port} cannot be switched`,
          ),
      }),
      rememberEnabled: ({ context }) => effects.setEnabled(context.port, true),
      rememberDisabled: ({ context }) => effects.setEnabled(context.port, false),
      noteLink: assign({ link: ({ event }) => (event.type === "modem.online" ? event.link : null) }),
      forgetLink: assign({ link: null }),
      reportJoined: sendParent(({ context }, membership: Membership) => ({
        type: "uplink.joined",
        id: context.port,
        ...membership,
      })),
      reportLeft: sendParent(({ context }) => ({ type: "uplink.left", id: context.port })),
      reportStopped: sendParent(({ context }) => ({ type: "port.stopped", port: context.port })),
    },
    delays: {
      reappearTimeout: times.reappearTimeoutMs,
      returnTimeout: times.returnTimeoutMs,
      switchTimeout: times.switchTimeoutMs,
      switchRetry: times.switchRetryMs,
      doubtTimeout: times.doubtTimeoutMs,
      stuckRetry: times.stuckRetryMs,
      clearTimeout: times.clearTimeoutMs,
    },
  }).createMachine({
    id: "port",
    context: ({ input }) => ({
      port: input.port,
      device: null,
      identity: null,
      ttys: [],
      switching: null,
      link: null,
      failure: null,
      recovery: NO_RECOVERY,
    }),
    on: {
      "device.attached": { target: ".identifying", actions: "noteDevice" },
      "device.detached": { target: ".empty", actions: "noteGone" },
      "tty.appeared": { actions: "addTty" },
      "tty.vanished": { actions: "dropTty" },
      "port.disable": { target: ".identifying", actions: "rememberDisabled" },
      "port.enable": { target: ".identifying", actions: "rememberEnabled" },
      "port.stop": ".stopped",
    },
    initial: "empty",
    states: {
      empty: {
        tags: "empty",
        entry: ["forgetFailure", "endSwitch", "forgetRecovery", assign({ identity: null })],
        on: {
          "port.disable": { actions: "rememberDisabled" },
          "port.enable": { actions: "rememberEnabled" },
        },
      },
      identifying: {
        entry: ["identify", "forgetFailure"],
        always: [
          { guard: "isReturning", target: "returning" },
          { guard: "isEmpty", target: "empty" },
          { guard: "isDisabled", target: "disabled" },
          { guard: "isStorage", target: "switching", actions: "beginSwitch" },
          { guard: "isModem", target: "occupied", actions: "endSwitch" },
          { guard: "isMaybe", target: "doubting", actions: "endSwitch" },
          { guard: "isUnswitchable", target: "stuck", actions: "noteUnswitchable" },
          { target: "leftAlone", actions: "endSwitch" },
        ],
      },
      // A modem that was reset, or whose power was cycled, is on its way back.
      returning: {
        tags: "unplugExpected",
        after: { returnTimeout: "empty" },
      },
      switching: {
        on: { "port.configured": { guard: "isDisabled", target: "identifying" } },
        initial: "deciding",
        states: {
          deciding: {
            always: [
              {
                guard: "switchExhausted",
                target: "#port.stuck",
                actions: {
                  type: "noteFailure",
                  params: ({ context }) => ({
                    failure: failure(
                      "SwitchTimeout",
                      `${context.identity?.name ?? "the stick"} in ${context.port} is still in storage mode after ${SWITCH_ATTEMPTS} switch messages`,
                    ),
                  }),
                },
              },
              { target: "sending", actions: "countSwitch" },
            ],
          },
          sending: {
            tags: "unplugExpected",
            invoke: {
              id: "switchMode",
              src: "switchMode",
              input: ({ context }) => switchOf(context),
              onDone: "awaitingTarget",
              onError: [
                {
                  // To try that once more would hide what is missing behind what did not happen.
                  guard: ({ event }) => failureFrom(event.error).kind === "SwitchUnsupported",
                  target: "#port.stuck",
                  actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                },
                {
                  target: "pausing",
                  actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                },
              ],
            },
            on: { "device.detached": { target: "awaitingTarget", actions: "noteGone" } },
            after: {
              switchTimeout: {
                target: "pausing",
                actions: {
                  type: "noteFailure",
                  params: ({ context }) => ({
                    failure: failure("SwitchRefused", `the stick in ${context.port} does not take its switch message`),
                  }),
                },
              },
            },
          },
          awaitingTarget: {
            tags: "unplugExpected",
            on: {
              "device.detached": { actions: "noteGone" },
              "device.attached": { target: "#port.identifying", actions: "noteDevice" },
            },
            after: {
              reappearTimeout: [{ guard: "isEmpty", target: "#port.empty" }, { target: "deciding" }],
            },
          },
          pausing: {
            tags: "faulted",
            on: { "port.retry": "sending" },
            after: { switchRetry: "deciding" },
          },
        },
      },
      doubting: {
        on: { "port.configured": { guard: "isDisabled", target: "identifying" } },
        always: { guard: "hasModemTty", target: "occupied" },
        after: { doubtTimeout: "leftAlone" },
      },
      occupied: {
        entry: "endStep",
        invoke: {
          id: "modem",
          src: "modem",
          input: ({ context }) => {
            const identity = context.identity;
            if (identity?.kind !== "modem" && identity?.kind !== "maybe") {
              throw new FailureError("Internal", `no modem was identified in ${context.port}`);
            }
            return {
              port: context.port,
              scheme: identity.ports,
              dial: identity.dial,
              ttys: context.ttys,
              interface: effects.interfaceFor(context.port),
              recovery: context.recovery,
            };
          },
          onDone: [{ guard: stateIn({ occupied: "stopping" }), target: "stopped" }, { target: "identifying" }],
          onError: {
            target: "stuck",
            actions: [
              { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              "forgetLink",
              "reportLeft",
              "endOrphans",
            ],
          },
        },
        on: {
          "modem.online": {
            actions: [
              "noteLink",
              { type: "reportJoined", params: ({ event: { link, rank, standing } }) => ({ link, rank, standing }) },
            ],
          },
          "modem.offline": { actions: ["forgetLink", "reportLeft"] },
          "modem.recovery": { actions: "noteRecovery" },
        },
        initial: "serving",
        states: {
          serving: {
            on: {
              "device.detached": { target: "clearing", actions: ["noteGone"] },
              "device.attached": { target: "clearing", actions: "noteDevice" },
              "tty.appeared": { actions: ["addTty", "tellModem"] },
              "tty.vanished": { actions: ["dropTty", "tellModem"] },
              "port.retry": { actions: "retryModem" },
              "port.enable": { actions: "rememberEnabled" },
              "port.disable": { target: "clearing", actions: "rememberDisabled" },
              "port.configured": [
                { guard: "isDisabled", target: "clearing" },
                { actions: sendTo("modem", { type: "modem.configured" }) },
              ],
              "port.stop": "stopping",
            },
          },
          // The modem takes its pppd and its open ports down; what is plugged in next waits for that.
          clearing: {
            entry: "stopModem",
            on: {
              "device.attached": { actions: "noteDevice" },
              "device.detached": { actions: "noteGone" },
              "port.disable": { actions: "rememberDisabled" },
              "port.enable": { actions: "rememberEnabled" },
              "port.stop": "stopping",
            },
            after: { clearTimeout: "#port.identifying" },
          },
          stopping: {
            entry: "stopModem",
            on: {
              "device.attached": {},
              "device.detached": {},
              "port.disable": {},
              "port.enable": {},
              "port.stop": {},
            },
            after: { clearTimeout: "#port.stopped" },
          },
        },
      },
      disabled: {
        on: {
          "port.disable": {},
          "port.configured": "identifying",
        },
      },
      leftAlone: {
        on: {
          "port.configured": "identifying",
          // The tty came late, after the doubt had ended.
          "tty.appeared": { target: "identifying", actions: "addTty" },
        },
      },
      stuck: {
        tags: "faulted",
        on: { "port.retry": { target: "identifying", actions: "endSwitch" } },
        after: { stuckRetry: { target: "identifying", actions: "endSwitch" } },
      },
      stopped: { type: "final", entry: "reportStopped" },
    },
  });
}

/** What the operator may disable: everything that is or may become a modem. */
function isOurs(identity: Identity | null): boolean {
  return identity !== null && identity.kind !== "hub" && identity.kind !== "other";
}

function switchOf(context: PortContext): { device: UsbDevice; plan: SwitchPlan } {
  if (context.device === null || context.switching === null) {
    throw new FailureError("Internal", `nothing to switch in ${context.port}`);
  }
  return { device: context.device, plan: context.switching.plan };
}
