import { assign } from "xstate";
import { type ModemDependencies, setUpModem } from "./setup.ts";
import { adopting } from "./states/adopting.ts";
import { awaitingSim } from "./states/awaiting-sim.ts";
import { mending } from "./states/mending.ts";
import { probing } from "./states/probing.ts";
import { working } from "./states/working.ts";
import { MODEM_TIMES } from "./times.ts";

/**
 * The life of one modem, from its serial ports to an uplink, and back.
 *
 * ```
 * adopting ─▶ probing, or online at once: an earlier agent left it so
 *    ┌───────────────────────────────────────────────────────┐
 *    ▼                                                       │
 * probing ─▶ working: identifying ─▶ registering ─▶ dialling ─▶ negotiating ─▶ online
 *    ▲          │                        ▲──────── redialling ◀──┴───────────────┘
 *    │          ▼ hangingUp
 *    │       releasing ─▶ released ┬▶ awaitingSim   a hand must do something to the SIM
 *    │                             ├▶ mending       radio, reset, USB reset, power: one step, then releasing again
 *    └──────────────────────────── ├▶ resting       and then once more, for ever
 *                                  └▶ stopped       (final)
 * ```
 * Each state has its own file in states/; what they do, ask and wait for is in setup.ts.
 */
export function createModemMachine(dependencies: ModemDependencies) {
  const modem = setUpModem({ times: MODEM_TIMES, ...dependencies });
  return modem.createMachine({
    id: "modem",
    context: ({ input }) => ({
      ...input,
      ports: null,
      facts: null,
      settings: dependencies.effects.settings({ port: input.port, facts: null }),
      bearers: [],
      bearerIndex: 0,
      registration: null,
      link: null,
      standing: "good",
      failure: null,
      attempts: 0,
      goal: "rest",
    }),
    on: {
      "tty.appeared": { actions: "addTty" },
      "tty.vanished": { actions: "dropTty" },
      "modem.configured": { actions: "noteSettings" },
      "modem.stop": { target: ".releasing", actions: "aimAtStop" },
    },
    initial: "adopting",
    states: {
      adopting: adopting(modem),
      probing: probing(modem),
      working: working(modem),
      releasing: {
        on: { "modem.stop": { actions: "aimAtStop" } },
        invoke: {
          id: "release",
          src: "release",
          input: ({ context }) => ({ port: context.port }),
          onDone: "released",
          onError: "released",
        },
        after: { hangUpTimeout: "released" },
      },
      released: {
        entry: [assign({ registration: null }), "reportRecovery"],
        always: [
          { guard: "stopping", target: "stopped" },
          { guard: "simNeedsHand", target: "awaitingSim" },
          { guard: "stepIsDue", target: "mending" },
          { target: "resting" },
        ],
      },
      awaitingSim: awaitingSim(modem),
      mending: mending(modem),
      resting: {
        tags: "faulted",
        exit: "climbDown",
        on: {
          "modem.stop": "stopped",
          "modem.retry": { target: "probing", actions: "forgetFailures" },
          "modem.configured": { target: "probing", actions: "noteSettings" },
          "tty.appeared": [
            { guard: { type: "failedBy", params: "PortsMissing" }, target: "probing", actions: "addTty" },
            { actions: "addTty" },
          ],
        },
        after: { rest: "probing" },
      },
      stopped: { type: "final" },
    },
  });
}
