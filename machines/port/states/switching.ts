import type { UsbDevice } from "../../../src/hotplug/types.ts";
import type { SwitchPlan } from "../../../src/rules/types.ts";
import { FailureError, failure, failureFrom } from "../../failure.ts";
import type { PortContext } from "../context.ts";
import { type PortSetup, SWITCH_ATTEMPTS } from "../setup.ts";

/** A stick in its storage mode is sent what makes a modem of it, some times, until one comes back in this port. */
export function switching(port: PortSetup) {
  return port.createStateConfig({
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
  });
}

function switchOf(context: PortContext): { device: UsbDevice; plan: SwitchPlan } {
  if (context.device === null || context.switching === null) {
    throw new FailureError("Internal", `nothing to switch in ${context.port}`);
  }
  return { device: context.device, plan: context.switching.plan };
}
