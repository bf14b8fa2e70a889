import { setTimeout as sleep } from "node:timers/promises";
import { FailureError } from "../../machines/failure.ts";
import { findBulkInterface } from "./bulk-interface.ts";
import { DeviceVanished, sendMessage, TransferRefused } from "./bulk-session.ts";
import { HeldDevice } from "./held-device.ts";
import { loadNodeUsb, type NodeUsb, type NodeUsbDevice } from "./node-usb.ts";
import { portOf } from "./port-of.ts";
import { actionsOf, type SwitchAction } from "./switch-actions.ts";
import { switchByProgram } from "./switch-by-program.ts";
import type { SwitchMode } from "./types.ts";

export interface SwitchModeOptions {
  /** Bound for each transfer, in ms; usb_modeswitch waits 3 s (its write_bulk and read_bulk). */
  readonly transferMs?: number;
  /** How long the kernel may take from ending a vanished device's transfers to removing it from sysfs, in ms. */
  readonly settleMs?: number;
  /** The `usb` package, or a test's stand-in. */
  readonly usb?: () => Promise<NodeUsb>;
}

/**
 * Makes the effect that carries out a switch plan: through the `usb` package, or by the program usb_modeswitch where
 * the plan says so.
 *
 * A device that vanishes once a switching message has been sent has switched: that is success, also when more was
 * to be sent. A command that the device answers with "failed" is no refusal (several sticks switch by it all the same;
 * whether it worked shows in what comes back): only a message it does not take at all is.
 *
 * The kernel's driver is put back when a plan fails and when the device agreed to nothing, so that a plan sent
 * to the wrong device leaves a storage device that works. Each transfer is bounded, and `signal` is obeyed between
 * two of them: after an abort this rejects once the device is released.
 */
export function makeSwitchMode(options: SwitchModeOptions = {}): SwitchMode {
  const { transferMs = 3_000, settleMs = 50, usb: load = loadNodeUsb } = options;
  return async ({ device: seen, plan }, signal) => {
    const { port, address } = seen;
    const actions = plan.steps.flatMap(actionsOf);
    if (actions.length === 0) throw new FailureError("SwitchUnsupported", `${plan.source} says nothing to send`);
    const usb = await load();
    const find = async (): Promise<NodeUsbDevice | undefined> =>
      (await usb.getDevices()).find((each) => each.address === address && portOf(each) === port);
    const present = async (): Promise<boolean> => (await find()) !== undefined;
    const device = await find();
    if (device === undefined) throw new FailureError("DeviceGone", `the stick in port ${port} is gone`);

    const held = new HeldDevice(device);
    let tried = "opening the device";
    /** Something that can make it switch is under way or done; from here on its vanishing is success. */
    let switching = false;
    /** Such a thing was done, and the device did not say no, nor nothing at all. */
    let accepted = false;
    const perform = async (action: SwitchAction): Promise<void> => {
      switch (action.kind) {
        case "bulk": {
          const bulk = findBulkInterface(device.configuration?.interfaces ?? [], action.endpoint);
          if (bulk === null) {
            throw new FailureError("SwitchUnsupported", `the stick in port ${port} has no bulk endpoint to send to`);
          }
          await held.claim(bulk.number);
          switching ||= action.switches;
          const answer = await sendMessage(device, bulk, action.message, { transferMs, settleMs, present });
          accepted ||= action.switches && (answer === "passed" || answer === "sent");
          return;
        }
        case "control":
          // The kernel lets a request to an interface through only to who holds it (drivers/usb/core/devio.c, check_ctrlrecip).
          if (action.setup.recipient === "interface") await held.claim(action.setup.index & 0xff);
          switching = true;
          accepted = (await sendRequest(device, action, transferMs)) || accepted;
          return;
        case "configuration":
          switching = true;
          await held.configure(action.value);
          accepted = true;
          return;
        case "detach":
          switching = true;
          await held.detachAll();
          // Where more follows, it is that which the device must accept.
          accepted = action === actions.at(-1);
          return;
        case "wait":
          return sleep(action.ms, undefined, { signal });
        case "program":
          switching = true;
          // It does not do so itself in every mode (MobileActionMode, seen with 2.6.1).
          await held.detachAll();
          await switchByProgram({ device: seen, step: action.step }, signal);
          accepted = true;
          return;
      }
    };
    try {
      await held.open();
      for (const action of actions) {
        signal.throwIfAborted();
        tried = action.name;
        await perform(action);
      }
    } catch (error) {
      const isGone = error instanceof DeviceVanished || !(await present());
      if (isGone && switching) return;
      // It took an earlier message and now refuses the next: most likely it is on its way.
      if (accepted && error instanceof TransferRefused) return;
      accepted = false;
      if (error instanceof FailureError) throw error;
      if (signal.aborted) throw error;
      if (isGone)
        throw new FailureError("DeviceGone", `the stick in port ${port} went before it was switched`, { tried });
      const why = error instanceof TransferRefused ? "" : ` (${String(error)})`;
      throw new FailureError("SwitchRefused", `the stick in port ${port} refused ${tried}${why}`, {
        tried,
        cause: error,
      });
    } finally {
      await held.release({ reattach: !accepted });
    }
  };
}

/** False: it was refused, and may be. Throws TransferRefused where it may not. */
async function sendRequest(
  device: NodeUsbDevice,
  { setup, data, mayFail }: SwitchAction & { kind: "control" },
  transferMs: number,
): Promise<boolean> {
  const sent =
    typeof data === "number"
      ? device.controlTransferIn(setup, data, transferMs)
      : device.controlTransferOut(setup, data, transferMs);
  const { status } = mayFail ? await sent.catch(() => ({ status: "stall" })) : await sent;
  if (status !== "ok" && !mayFail) throw new TransferRefused("the device did not take it");
  return status === "ok";
}
