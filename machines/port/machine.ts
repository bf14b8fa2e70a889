import { assign, fromPromise, sendParent, sendTo, setup, stateIn } from "xstate";
import type { PortPath, Tty, UsbDevice } from "../../src/hotplug/types.ts";
import type { Identity, SwitchPlan } from "../../src/rules/types.ts";
import { type Failure, FailureError, failure, failureFrom } from "../failure.ts";
import type { ModemReport } from "../modem/context.ts";
import type { ModemEffects, PppLink } from "../modem/effects.ts";
import { createModemMachine } from "../modem/machine.ts";
import type { ModemTimes } from "../modem/times.ts";
import { ttysAfter } from "../ttys.ts";
import type { PortEffects } from "./effects.ts";

/** What the agent hears of its ports. */
export type PortReport =
  | { readonly type: "uplink.joined"; readonly port: PortPath; readonly link: PppLink; readonly weight: number }
  | { readonly type: "uplink.left"; readonly port: PortPath }
  | { readonly type: "port.stopped"; readonly port: PortPath };

export interface PortContext {
  readonly port: PortPath;
  readonly device: UsbDevice | null;
  readonly identity: Identity | null;
  readonly ttys: readonly Tty[];
  /** The switch under way: what to send, and how often it was tried. */
  readonly switching: { readonly plan: SwitchPlan; readonly attempts: number } | null;
  /** The link of the modem in it, while online. */
  readonly link: PppLink | null;
  readonly failure: Failure | null;
}

export type PortEvent =
  | { type: "device.attached"; device: UsbDevice }
  | { type: "device.detached" }
  | { type: "tty.appeared"; tty: Tty }
  | { type: "tty.vanished"; interface: number }
  | { type: "port.retry" }
  | { type: "port.disable" }
  | { type: "port.enable" }
  /** The config changed: look at the settings again. */
  | { type: "port.configured" }
  | { type: "port.stop" }
  | ModemReport;

export interface PortTimes {
  /** From the switch message to the device's return. */
  readonly reappearTimeoutMs: number;
  /** One switch attempt, all transfers together. */
  readonly switchTimeoutMs: number;
  readonly switchRetryMs: number;
  /** A device that might be a modem: how long a tty of a modem driver may take to appear. */
  readonly doubtTimeoutMs: number;
  /** A stuck device is tried again so seldom. */
  readonly stuckRetryMs: number;
  /** Longest teardown of a modem; it bounds itself, so this is a safety net. */
  readonly clearTimeoutMs: number;
}

export const PORT_TIMES: PortTimes = {
  reappearTimeoutMs: 20_000,
  switchTimeoutMs: 10_000,
  switchRetryMs: 1_000,
  doubtTimeoutMs: 10_000,
  stuckRetryMs: 60_000,
  clearTimeoutMs: 20_000,
};

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
      }),
      noteGone: assign({ device: null, ttys: [] }),
      identify: assign({
        identity: ({ context }) => (context.device === null ? null : effects.rules.identify(context.device)),
      }),
      addTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      dropTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      tellModem: sendTo("modem", ({ event }) => event),
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
      reportJoined: sendParent(({ context }) => ({
        type: "uplink.joined",
        port: context.port,
        link: context.link,
        weight: effects.settings(context.port).weight,
      })),
      reportLeft: sendParent(({ context }) => ({ type: "uplink.left", port: context.port })),
      reportStopped: sendParent(({ context }) => ({ type: "port.stopped", port: context.port })),
    },
    delays: {
      reappearTimeout: times.reappearTimeoutMs,
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
        entry: ["forgetFailure", "endSwitch", assign({ identity: null })],
        on: {
          "port.disable": { actions: "rememberDisabled" },
          "port.enable": { actions: "rememberEnabled" },
        },
      },
      identifying: {
        entry: ["identify", "forgetFailure"],
        always: [
          { guard: "isEmpty", target: "empty" },
          { guard: "isDisabled", target: "disabled" },
          { guard: "isStorage", target: "switching", actions: "beginSwitch" },
          { guard: "isModem", target: "occupied", actions: "endSwitch" },
          { guard: "isMaybe", target: "doubting", actions: "endSwitch" },
          { guard: "isUnswitchable", target: "stuck", actions: "noteUnswitchable" },
          { target: "leftAlone", actions: "endSwitch" },
        ],
      },
      switching: {
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
              onError: {
                target: "pausing",
                actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              },
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
        always: { guard: "hasModemTty", target: "occupied" },
        after: { doubtTimeout: "leftAlone" },
      },
      occupied: {
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
              roaming: effects.settings(context.port).roaming,
            };
          },
          onDone: [{ guard: stateIn({ occupied: "stopping" }), target: "stopped" }, { target: "identifying" }],
          onError: {
            target: "stuck",
            actions: [
              { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
              "forgetLink",
              "reportLeft",
            ],
          },
        },
        on: {
          "modem.online": { actions: ["noteLink", "reportJoined"] },
          "modem.offline": { actions: ["forgetLink", "reportLeft"] },
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
                { guard: ({ context }) => context.link !== null, actions: "reportJoined" },
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
