import { FailureError } from "../../machines/failure.ts";
import { findBulkInterface } from "./bulk-interface.ts";
import { DeviceVanished, sendMessage, TransferRefused } from "./bulk-session.ts";
import { loadNodeUsb, type NodeUsb, type NodeUsbDevice } from "./node-usb.ts";
import { portOf } from "./port-of.ts";
import { actionsOf } from "./switch-actions.ts";
import type { SwitchMode } from "./types.ts";

export interface SwitchModeOptions {
  /** Bound for each transfer, in ms; usb_modeswitch waits 3 s (its write_bulk and read_bulk). */
  readonly transferMs?: number;
  /** How long the kernel may take from ending a vanished device's transfers to removing it from sysfs, in ms. */
  readonly settleMs?: number;
  /** The `usb` package, or a test's stand-in. */
  readonly usb?: () => Promise<NodeUsb>;
}

/** SET_FEATURE with DEVICE_REMOTE_WAKEUP (USB 2.0, 9.4.9, tables 9-4 and 9-6): what old Huawei sticks switch at. */
const HUAWEI_CONTROL = { requestType: "standard", recipient: "device", request: 3, value: 1, index: 0 };

/**
 * Makes the effect that sends a switch plan through the `usb` package.
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
  return async ({ device: { port, address }, plan }, signal) => {
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
    try {
      await held.open();
      for (const action of actions) {
        signal.throwIfAborted();
        tried = action.name;
        if (action.kind === "bulk") {
          const bulk = findBulkInterface(device.configuration?.interfaces ?? [], action.endpoint);
          if (bulk === null) {
            throw new FailureError("SwitchUnsupported", `the stick in port ${port} has no bulk endpoint to send to`);
          }
          await held.claim(bulk.number);
          switching ||= action.switches;
          const answer = await sendMessage(device, bulk, action.message, { transferMs, settleMs, present });
          accepted ||= action.switches && (answer === "passed" || answer === "sent");
        } else {
          switching = true;
          await (action.kind === "configuration" ? held.configure(action.value) : control(device, transferMs));
          accepted = true;
        }
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

async function control(device: NodeUsbDevice, transferMs: number): Promise<void> {
  const { status } = await device.controlTransferOut(HUAWEI_CONTROL, new Uint8Array(), transferMs);
  if (status !== "ok") throw new TransferRefused("the device did not take it");
}

/** An open device and the interfaces taken from the kernel's drivers, so that all can be given back. */
class HeldDevice {
  readonly #device: NodeUsbDevice;
  readonly #detached = new Set<number>();
  readonly #claimed = new Set<number>();
  #isOpen = false;

  constructor(device: NodeUsbDevice) {
    this.#device = device;
  }

  async open(): Promise<void> {
    await this.#device.open();
    this.#isOpen = true;
  }

  async claim(interfaceNumber: number): Promise<void> {
    if (this.#claimed.has(interfaceNumber)) return;
    await this.#detach(interfaceNumber);
    await this.#device.claimInterface(interfaceNumber);
    this.#claimed.add(interfaceNumber);
  }

  /** The kernel refuses another configuration while any interface is taken (drivers/usb/core/devio.c, proc_setconfig). */
  async configure(value: number): Promise<void> {
    await this.#releaseClaims();
    for (const each of this.#device.configuration?.interfaces ?? []) await this.#detach(each.interfaceNumber);
    await this.#device.selectConfiguration(value);
  }

  /** Gives everything back. Never throws: the device may be gone. */
  async release({ reattach }: { reattach: boolean }): Promise<void> {
    if (!this.#isOpen) return;
    await this.#releaseClaims();
    for (const number of reattach ? this.#detached : []) await this.#device.attachKernelDriver(number).catch(ignore);
    await this.#device.close().catch(ignore);
  }

  async #detach(interfaceNumber: number): Promise<void> {
    // Fails where no driver is attached, which is as good; a true failure shows when the interface is claimed.
    await this.#device.detachKernelDriver(interfaceNumber).then(() => this.#detached.add(interfaceNumber), ignore);
  }

  async #releaseClaims(): Promise<void> {
    for (const number of this.#claimed) await this.#device.releaseInterface(number).catch(ignore);
    this.#claimed.clear();
  }
}

function ignore(): void {}
