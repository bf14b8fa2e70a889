import { assign, fromCallback, fromPromise, sendParent, sendTo, setup } from "xstate";
import type { PortPath, UsbDevice } from "../../src/hotplug/types.ts";
import type { Identity, SwitchPlan } from "../../src/rules/types.ts";
import { type Failure, FailureError, failure } from "../failure.ts";
import type { ModemEffects } from "../modem/effects.ts";
import { createModemMachine } from "../modem/machine.ts";
import { afterStep, NO_RECOVERY } from "../modem/recovery.ts";
import type { ModemTimes } from "../modem/times.ts";
import type { RadioEffects } from "../radio/effects.ts";
import { createRadioMachine, type RadioTimes } from "../radio/machine.ts";
import { ttysAfter } from "../ttys.ts";
import type { Membership } from "../uplinks/effects.ts";
import type { PortContext, PortEvent } from "./context.ts";
import type { DrainEvent, PortEffects } from "./effects.ts";
import { PORT_TIMES, type PortTimes } from "./times.ts";

/** Tries in a row before a switch is given up for a while. */
export const SWITCH_ATTEMPTS = 3;

export interface PortDependencies {
  readonly effects: PortEffects;
  readonly modem: ModemEffects;
  readonly radio: RadioEffects;
  readonly random: () => number;
  readonly times?: PortTimes;
  readonly modemTimes?: ModemTimes;
  readonly radioTimes?: RadioTimes;
}

/** The words that the port's statechart is written in: what it can do, ask, remember and wait for. */
export function setUpPort(dependencies: PortDependencies) {
  const { effects, modem, radio, random, times = PORT_TIMES, modemTimes, radioTimes } = dependencies;
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
      isWifi: fromPromise<boolean, UsbDevice>(({ input, signal }) => effects.isWifi(input, signal)),
      radio: createRadioMachine({
        effects: radio,
        random,
        ...(radioTimes === undefined ? {} : { times: radioTimes }),
      }),
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
      isOther: ({ context }) => context.identity?.kind === "other",
      hasRadio: ({ context }) =>
        context.radio !== null && (context.identity?.kind === "other" || context.identity?.kind === "maybe"),
      isRadioDisabled: ({ context }) => !effects.radioEnabled(context.port),
      hasModemTty: ({ context }) => context.ttys.some((tty) => effects.modemDrivers.includes(tty.driver)),
      switchExhausted: ({ context }) => (context.switching?.attempts ?? 0) >= SWITCH_ATTEMPTS,
    },
    actions: {
      noteDevice: assign({
        device: ({ event }) => (event.type === "device.attached" ? event.device : null),
        ttys: [],
        radio: null,
        recovery: ({ context }) => (context.recovery.step === null ? NO_RECOVERY : context.recovery),
      }),
      noteGone: assign({ device: null, ttys: [], radio: null }),
      identify: assign({
        identity: ({ context }) => (context.device === null ? null : effects.rules.identify(context.device)),
      }),
      addTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      dropTty: assign({ ttys: ({ context, event }) => ttysAfter(context.ttys, event) }),
      noteRadio: assign({
        radio: ({ context, event }) => (event.type === "radio.appeared" ? event.radio : context.radio),
      }),
      dropRadio: assign({ radio: null }),
      tellRadio: sendTo("radio", ({ event }) => event),
      retryRadio: sendTo("radio", { type: "radio.retry" }),
      configureRadio: sendTo("radio", { type: "radio.configured" }),
      stopRadio: sendTo("radio", { type: "radio.stop" }),
      reportRadio: sendParent(({ event }) => event),
      /** After a fault of our own in its machine. */
      reportWithdrawn: sendParent(({ context }) => ({ type: "radio.withdrawn", id: context.port })),
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
      wonderTimeout: times.wonderTimeoutMs,
      stuckRetry: times.stuckRetryMs,
      clearTimeout: times.clearTimeoutMs,
      drainTimeout: ({ context }) => context.draining?.boundMs ?? 0,
    },
  });
}

export type PortSetup = ReturnType<typeof setUpPort>;

/** What the operator may disable: everything that is or may become a modem. */
function isOurs(identity: Identity | null): boolean {
  return identity !== null && identity.kind !== "hub" && identity.kind !== "other";
}
