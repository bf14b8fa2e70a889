import { portsOf } from "../context.ts";
import type { ModemSetup } from "../setup.ts";

/**
 * A hand must do something to the SIM, or to the PIN in the config. Nothing is tried with it; the modem is asked now and
 * then whether the SIM is another one by now.
 */
export function awaitingSim(modem: ModemSetup) {
  return modem.createStateConfig({
    tags: "faulted",
    invoke: {
      id: "watchSim",
      src: "watchSim",
      input: ({ context }) => ({ port: context.port, ports: portsOf(context) }),
      // Nobody can tell when the SIM is another: looked at anew after a rest.
      onError: "resting",
    },
    on: {
      "sim.changed": "probing",
      "modem.configured": { target: "probing", actions: "noteSettings" },
      "modem.retry": { target: "probing", actions: "forgetFailures" },
      "modem.stop": { target: "releasing", actions: "aimAtStop" },
    },
    initial: "deciding",
    states: {
      deciding: {
        always: [
          { guard: { type: "failedBy", params: "SimMissing" }, target: "absent" },
          { guard: { type: "failedBy", params: "SimPinNeeded" }, target: "pinNeeded" },
          { guard: { type: "failedBy", params: "SimPukNeeded" }, target: "pukNeeded" },
          { guard: { type: "failedBy", params: "SimBlocked" }, target: "blocked" },
          { guard: { type: "failedBy", params: "SimWrong" }, target: "wrong" },
          { target: "failing" },
        ],
      },
      absent: {},
      pinNeeded: {},
      pukNeeded: {},
      blocked: {},
      wrong: {},
      // The modem says that it cannot use the SIM, and gives no reason: that may pass by itself.
      failing: { after: { simRetry: "#modem.probing" } },
    },
  });
}
