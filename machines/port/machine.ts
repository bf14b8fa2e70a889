import { and, assign, fromCallback, fromPromise, not, sendParent, sendTo, setup, stateIn } from "xstate";
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
import type { DrainEvent, PortEffects } from "./effects.ts";
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
 *                      ├▶ occupied: runs the modem machine
 *                      │    serving ┬──────────────▶ clearing ─▶ empty | identifying | disabled
 *                      │      ▲     └▶ draining ───────▲ └▶ returning (it was reset) ─▶ identifying
 *                      │      └──────────┘ enabled again
 *                      ├▶ leftAlone (not ours)   ├▶ disabled (by hand or config)   └▶ stuck (cannot be switched)
 * ```
 * Teardown of a modem is a state (`clearing`); a device plugged in meanwhile waits there for its turn. An online modem that
 * is switched off first lets the connections on its link end (`draining`), for a bounded time; new ones go elsewhere.
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
      watchDrain: fromCallback<DrainEvent, PortPath>(({ input, sendBack }) => effects.watchDrain(input, sendBack)),
      modem: createModemMachine({ effects: modem, random, ...(modemTimes === undefined ? {} : { times: modemTimes }) }),
    },
    guards: {
      isEmpty: ({ context }) => context.device === null,
      isReturning: ({ context }) => context.device === null && context.recovery.step !== null,
      isDisabled: ({ context }) => !effects.settings(context.port).enabled && isOurs(context.identity),
      hasToDrain: ({ context }) => context.membership !== null && effects.settings(context.port).drainMs > 0,
      saysNow: ({ event }) => event.type === "port.disable" && event.now === true,
      isDrained: ({ event }) => event.type === "drain.counted" && event.left === 0,
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
      configureModem: sendTo("modem", { type: "modem.configured" }),
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
      noteLink: assign({
        membership: ({ event }): Membership | null => {
          if (event.type !== "modem.online") return null;
          const { type: _, ...membership } = event;
          return membership;
        },
      }),
      forgetLink: assign({ membership: null }),
      beginDrain: assign({
        draining: ({ context }) => ({ left: null, boundMs: effects.settings(context.port).drainMs }),
      }),
      noteLeft: assign({
        draining: ({ context: { draining }, event }) =>
          draining !== null && event.type === "drain.counted" ? { ...draining, left: event.left } : draining,
      }),
      endDrain: assign({ draining: null }),
      /** The link as its modem reports it; one that is drained gets no new connections, however good it is. */
      reportJoined: sendParent(({ context: { port, membership, draining } }) => {
        if (membership === null) throw new FailureError("Internal", `the modem in ${port} has no link to report`);
        return {
          type: "uplink.joined",
          id: port,
          ...membership,
          ...(draining === null ? {} : { standing: "draining" }),
        };
      }),
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
      drainTimeout: ({ context }) => context.draining?.boundMs ?? 0,
    },
  }).createMachine({
    id: "port",
    context: ({ input }) => ({
      port: input.port,
      device: null,
      identity: null,
      ttys: [],
      switching: null,
      membership: null,
      draining: null,
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
          "modem.online": { actions: ["noteLink", "reportJoined"] },
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
              "port.disable": [
                { guard: and(["hasToDrain", not("saysNow")]), target: "draining", actions: "rememberDisabled" },
                { target: "clearing", actions: "rememberDisabled" },
              ],
              "port.configured": [
                { guard: and(["isDisabled", "hasToDrain"]), target: "draining" },
                { guard: "isDisabled", target: "clearing" },
                { actions: "configureModem" },
              ],
              "port.stop": "stopping",
            },
          },
          // Switched off, and its link goes when the connections on it have ended.
          draining: {
            entry: ["beginDrain", "reportJoined"],
            exit: "endDrain",
            on: {
              "device.detached": { target: "clearing", actions: "noteGone" },
              "device.attached": { target: "clearing", actions: "noteDevice" },
              "tty.appeared": { actions: ["addTty", "tellModem"] },
              "tty.vanished": { actions: ["dropTty", "tellModem"] },
              "modem.offline": { target: "clearing", actions: ["forgetLink", "reportLeft"] },
              "port.enable": { target: "serving", actions: ["rememberEnabled", "reportJoined"] },
              "port.disable": { target: "clearing", actions: "rememberDisabled" },
              "port.configured": {
                guard: not("isDisabled"),
                target: "serving",
                actions: ["reportJoined", "configureModem"],
              },
              "port.stop": "stopping",
            },
            after: { drainTimeout: "clearing" },
            initial: "counting",
            states: {
              counting: {
                invoke: {
                  id: "watchDrain",
                  src: "watchDrain",
                  input: ({ context }) => context.port,
                  onError: {
                    target: "uncounted",
                    actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
                  },
                },
                on: {
                  "drain.counted": [{ guard: "isDrained", target: "#port.occupied.clearing" }, { actions: "noteLeft" }],
                  "drain.failed": {
                    target: "uncounted",
                    actions: { type: "noteFailure", params: ({ event: { failure } }) => ({ failure }) },
                  },
                },
              },
              // Nobody can tell when they have ended: they get all the time there is.
              uncounted: { exit: "forgetFailure" },
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
