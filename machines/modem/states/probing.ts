import { assign } from "xstate";
import { failure, failureFrom } from "../../failure.ts";
import type { ModemSetup } from "../setup.ts";

/** The ttys come one by one; which of them takes commands and which the call is known by rule or found out. */
export function probing(modem: ModemSetup) {
  return modem.createStateConfig({
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
            target: "#modem.working",
            actions: assign({ ports: ({ event }) => event.output }),
          },
          onError: {
            target: "#modem.releasing",
            actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
          },
        },
      },
    },
  });
}
