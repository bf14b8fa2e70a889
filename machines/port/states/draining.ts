import { not } from "xstate";
import { failureFrom } from "../../failure.ts";
import type { PortSetup } from "../setup.ts";

/** Switched off: its link gets no new connections, and goes when those that it has have ended, or their time is over. */
export function draining(port: PortSetup) {
  return port.createStateConfig({
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
  });
}
