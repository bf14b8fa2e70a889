import { FailureError } from "../../failure.ts";
import type { ModemContext } from "../context.ts";
import type { RecoveryStep } from "../effects.ts";
import type { ModemSetup } from "../setup.ts";

/** One step up the ladder of recovery (see recovery.ts), one modem at a time. The device may vanish by it. */
export function mending(modem: ModemSetup) {
  return modem.createStateConfig({
    tags: ["faulted", "unplugExpected"],
    entry: ["beginStep", "reportRecovery"],
    exit: "endTurn",
    on: { "modem.stop": { target: "releasing", actions: "aimAtStop" } },
    initial: "awaitingTurn",
    states: {
      awaitingTurn: {
        invoke: {
          id: "takeTurn",
          src: "takeTurn",
          input: ({ context }) => ({ port: context.port }),
          onDone: "acting",
          onError: "refused",
        },
      },
      acting: {
        invoke: {
          id: "mend",
          src: "mend",
          input: ({ context }) => ({
            port: context.port,
            ports: context.ports,
            step: stepOf(context),
            dial: context.dial,
          }),
          onDone: "settling",
          onError: "refused",
        },
        after: { stepTimeout: "refused" },
      },
      // The modem starts up; where the device vanishes and comes back, this machine is not there any more.
      settling: { after: { afterStep: "done" } },
      done: {
        entry: [{ type: "endStep", params: { done: true } }, "reportRecovery"],
        always: "#modem.probing",
      },
      // The step cannot be done: the next one that can is due at once.
      refused: {
        entry: [{ type: "endStep", params: { done: false } }, "reportRecovery"],
        always: "#modem.releasing",
      },
    },
  });
}

function stepOf({ port, recovery }: ModemContext): RecoveryStep {
  if (recovery.step === null) throw new FailureError("Internal", `no step of recovery is due for the modem in ${port}`);
  return recovery.step;
}
