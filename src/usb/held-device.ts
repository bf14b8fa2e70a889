import type { NodeUsbDevice } from "./node-usb.ts";

/** An open device and the interfaces taken from the kernel's drivers, so that all can be given back. */
export class HeldDevice {
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

  /** Takes all interfaces from the kernel's drivers. */
  async detachAll(): Promise<void> {
    for (const each of this.#device.configuration?.interfaces ?? []) await this.#detach(each.interfaceNumber);
  }

  /** The kernel refuses another configuration while any interface is taken (drivers/usb/core/devio.c, proc_setconfig). */
  async configure(value: number): Promise<void> {
    await this.#releaseClaims();
    await this.detachAll();
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
