import { and, assign, not, stateIn } from "xstate";
import type { UsbDevice } from "../../src/hotplug/types.ts";
import { FailureError, failureFrom } from "../failure.ts";
import { NO_RECOVERY } from "../modem/recovery.ts";
import { type PortDependencies, setUpPort } from "./setup.ts";
import { draining } from "./states/draining.ts";
import { onAir } from "./states/on-air.ts";
import { switching } from "./states/switching.ts";

const wasFound = ({ event }: { event: unknown }): boolean => (event as { output?: unknown }).output === true;

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
 *                      ├▶ onAir: runs the radio machine: serving ─▶ clearing ─▶ empty | identifying | disabled
 *                      ├▶ leftAlone (not ours)   ├▶ disabled (by hand or config)   └▶ stuck (cannot be switched)
 * ```
 * Teardown of a modem is a state (`clearing`); a device plugged in meanwhile waits there for its turn. An online modem that
 * is switched off first lets the connections on its link end (`draining`), for a bounded time; new ones go elsewhere.
 * What it does, asks and waits for is in setup.ts; its longer states have their own files in states/.
 */
export function createPortMachine(dependencies: PortDependencies) {
  const { effects } = dependencies;
  const port = setUpPort(dependencies);
  return port.createMachine({
    id: "port",
    context: ({ input }) => ({
      port: input.port,
      device: null,
      identity: null,
      ttys: [],
      radio: null,
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
      "radio.appeared": { actions: "noteRadio" },
      "radio.vanished": { actions: "dropRadio" },
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
          { guard: and(["hasRadio", "isRadioDisabled"]), target: "disabled" },
          { guard: "hasRadio", target: "onAir" },
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
      switching: switching(port),
      doubting: {
        on: {
          "port.configured": { guard: "isDisabled", target: "identifying" },
          "radio.appeared": { target: "identifying", actions: "noteRadio" },
        },
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
          draining: draining(port),
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
          "radio.appeared": { target: "identifying", actions: "noteRadio" },
        },
        initial: "deciding",
        states: {
          deciding: {
            always: [
              { guard: "isMaybe", target: "asking" },
              { guard: "isOther", target: "wondering" },
              { target: "settled" },
            ],
          },
          // A driver may yet make a radio of it. If none does, a person wants to be told what is missing.
          wondering: { after: { wonderTimeout: "asking" } },
          asking: {
            invoke: {
              id: "isWifi",
              src: "isWifi",
              input: ({ context }) => context.device as UsbDevice,
              onDone: [
                { guard: and([wasFound, not("isRadioDisabled")]), target: "#port.onAir" },
                { target: "settled" },
              ],
              onError: "settled",
            },
          },
          settled: {},
        },
      },
      onAir: onAir(port),
      stuck: {
        tags: "faulted",
        on: { "port.retry": { target: "identifying", actions: "endSwitch" } },
        after: { stuckRetry: { target: "identifying", actions: "endSwitch" } },
      },
      stopped: { type: "final", entry: "reportStopped" },
    },
  });
}
