import { stateIn } from "xstate";
import { failureFrom } from "../../failure.ts";
import type { PortSetup } from "../setup.ts";

/** A WiFi dongle sits there: the radio machine has it, whether it can serve or not. */
export function onAir(port: PortSetup) {
  return port.createStateConfig({
    invoke: {
      id: "radio",
      src: "radio",
      input: ({ context }) => ({
        device: context.radio ?? { id: context.port, phy: null, interface: null, blocked: null },
      }),
      onDone: [{ guard: stateIn({ onAir: "stopping" }), target: "stopped" }, { target: "identifying" }],
      onError: {
        target: "stuck",
        actions: [
          { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          "reportWithdrawn",
        ],
      },
    },
    on: {
      "radio.offered": { actions: "reportRadio" },
      "radio.surveyed": { actions: "reportRadio" },
      "radio.serving": { actions: "reportRadio" },
      "radio.withdrawn": { actions: "reportRadio" },
    },
    initial: "serving",
    states: {
      serving: {
        on: {
          "device.detached": { target: "clearing", actions: "noteGone" },
          "device.attached": { target: "clearing", actions: "noteDevice" },
          "radio.appeared": { actions: ["noteRadio", "tellRadio"] },
          "radio.vanished": { actions: ["dropRadio", "tellRadio"] },
          "accessPoint.survey": { actions: "tellRadio" },
          "accessPoint.place": { actions: "tellRadio" },
          "accessPoint.refuse": { actions: "tellRadio" },
          "accessPoint.down": { actions: "tellRadio" },
          "port.retry": { actions: "retryRadio" },
          "port.enable": { actions: "rememberEnabled" },
          "port.disable": { target: "clearing", actions: "rememberDisabled" },
          "port.configured": [{ guard: "isRadioDisabled", target: "clearing" }, { actions: "configureRadio" }],
          "port.stop": "stopping",
        },
      },
      // It leaves hostapd and gives its interface back, in a time that it bounds itself; what is plugged in next waits for that.
      clearing: {
        entry: "stopRadio",
        on: {
          "device.attached": { actions: "noteDevice" },
          "device.detached": { actions: "noteGone" },
          "port.disable": { actions: "rememberDisabled" },
          "port.enable": { actions: "rememberEnabled" },
          "port.stop": "stopping",
        },
      },
      stopping: {
        entry: "stopRadio",
        on: {
          "device.attached": {},
          "device.detached": {},
          "port.disable": {},
          "port.enable": {},
          "port.stop": {},
        },
      },
    },
  });
}
