import { failure, failureFrom } from "../../failure.ts";
import { portsOf, pppStart } from "../context.ts";
import type { ModemSetup } from "../setup.ts";
import { call } from "./call.ts";

/**
 * The modem talks. pppd is started at once and waits at its connector while the modem says who it is and registers, so
 * that its slow start is not on the way.
 */
export function working(modem: ModemSetup) {
  return modem.createStateConfig({
    invoke: {
      id: "pppd",
      src: "pppd",
      input: ({ context }) => ({ name: `pppd ${context.port}`, start: pppStart(context) }),
      onDone: "releasing",
      onError: {
        target: "releasing",
        actions: { type: "noteFailure", params: ({ event }) => ({ failure: failureFrom(event.error) }) },
      },
    },
    on: {
      "modem.stop": { target: ".hangingUp", actions: "aimAtStop" },
      "tty.vanished": [
        {
          guard: "isOurPort",
          target: ".hangingUp",
          actions: [
            "dropTty",
            {
              type: "noteFailure",
              params: ({ context }) => ({
                failure: failure("LinkLost", `a serial port of the modem in ${context.port} vanished`),
              }),
            },
          ],
        },
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
            initial: "off",
            states: {
              off: { on: { "modem.identified": "listening" } },
              listening: {
                invoke: {
                  id: "watchRegistration",
                  src: "watchRegistration",
                  input: ({ context }) => ({ port: context.port, ports: portsOf(context) }),
                  onError: "deaf",
                },
                on: {
                  "registration.changed": { actions: "noteRegistration" },
                  "registration.failed": [
                    // The tty was hung up: its device is going, and this comes sooner than the kernel's own word.
                    {
                      guard: "atPortIsGone",
                      actions: { type: "giveUpAs", params: ({ event }) => ({ failure: event.failure }) },
                    },
                    { target: "deaf" },
                  ],
                },
              },
              // A working link is never given up because the AT port went silent: only listened for again.
              deaf: { after: { watchRetry: "listening" } },
            },
          },
          connector: {
            initial: "absent",
            states: {
              absent: { on: { "daemon.notice": { guard: "saysConnectorWaits", target: "waiting" } } },
              waiting: {
                on: {
                  "daemon.ending": "absent",
                  "daemon.exited": "absent",
                  "daemon.notice": { guard: "saysLineIsTaken", target: "absent" },
                },
              },
            },
          },
          call: call(modem),
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
  });
}
