import { attach } from "../usbip/vhci.ts";
import { AttachedIdentity } from "./attached-identity.ts";
import { type DeviceDescription, hasModem } from "./description.ts";
import type { DeviceLog } from "./device-log.ts";
import { Modem, type ModemHost, type Network } from "./serial/modem.ts";
import type { ModemParams, Remedy } from "./serial/modem-params.ts";
import type { Sim } from "./serial/sim.ts";

/** A stick has time to answer its trigger before it leaves the bus. */
const LEAVE_AFTER_MS = 50;

export interface EmulatedDeviceOptions {
  readonly description: DeviceDescription;
  /** vhci's number of the port. */
  readonly port: number;
  readonly modem: Partial<ModemParams>;
  /** Null for what is no modem. */
  readonly network: Network | null;
  readonly log: DeviceLog;
  /** It is out of the port, and not because `unplug` was called. */
  readonly onGone: (reason: string) => void;
}

/** A device in its port: from the plugging in to the pulling out, through all its identities. */
export class EmulatedDevice {
  readonly #options: EmulatedDeviceOptions;
  #attached: AttachedIdentity | null = null;
  #modem: Modem | null = null;
  #modemChanges: Partial<ModemParams>;
  /** The card, which stays what it is while the modem starts anew. */
  #sim: Sim | undefined;
  /** Set while it is on its way from one identity to the next. */
  #changing: NodeJS.Timeout | null = null;
  #isPlugged = true;

  private constructor(options: EmulatedDeviceOptions) {
    this.#options = options;
    this.#modemChanges = options.modem;
  }

  /** Plugs it in; resolves when the kernel has taken it, before it has asked for anything. */
  static async plug(options: EmulatedDeviceOptions): Promise<EmulatedDevice> {
    const device = new EmulatedDevice(options);
    await device.#appear(options.description.first);
    return device;
  }

  /** Pulls the plug. */
  unplug(): void {
    this.#isPlugged = false;
    if (this.#changing !== null) clearTimeout(this.#changing);
    this.#attached?.close();
  }

  /** Pulls it in the middle of the transfer that carries the `bytes`th byte from now. */
  yankAfter(bytes: number): void {
    this.#attached?.yankAfter(bytes);
  }

  /** Changes the modem's parameters, in its present identity and in later ones. */
  set(changes: Partial<ModemParams>): void {
    this.#modemChanges = { ...this.#modemChanges, ...changes };
    if (changes.sim !== undefined) this.#sim = undefined;
    this.#modem?.set(changes);
  }

  /** Leaves the bus of its own accord and comes back as this identity. */
  become(identity: string): void {
    if (this.#options.description.identities[identity] === undefined)
      throw new Error(`the device has no identity ${identity}`);
    this.#become(identity);
  }

  async #appear(name: string): Promise<void> {
    const { description, port, log, network } = this.#options;
    const identity = description.identities[name];
    if (identity === undefined) throw new Error(`the device has no identity ${name}`);
    const stream = await attach(port);
    if (!this.#isPlugged) {
      stream.destroy();
      return;
    }
    log.add("usb", `attached as ${name}`);
    this.#modem = hasModem(identity) && network !== null ? this.#createModem(name, network) : null;
    this.#attached = new AttachedIdentity(stream, {
      identity,
      modem: this.#modem,
      log,
      onTrigger: (becomes) => this.#become(becomes),
      onUsbReset: () => {
        log.add("usb", "reset");
        this.#modem?.loseCall();
        this.#treat("USB reset");
      },
      onClosed: () => this.#detached(),
    });
  }

  #createModem(name: string, network: Network): Modem {
    const { log } = this.#options;
    const host: ModemHost = {
      vanish: () => this.#attached?.close(),
      reset: () => {
        this.#treat("reset");
        this.#become(name);
      },
      treat: (remedy) => this.#treat(remedy),
      log: (kind, text) => log.add(kind, text),
    };
    return new Modem(this.#modemChanges, network, host, this.#sim);
  }

  #treat(remedy: Remedy): void {
    if (this.#modemChanges.ailment?.healedBy === remedy) this.set({ ailment: null });
  }

  /** Leaves the bus and comes back as `name`. */
  #become(name: string): void {
    if (this.#changing !== null) return;
    this.#changing = setTimeout(() => {
      this.#attached?.close();
      this.#changing = setTimeout(() => {
        this.#changing = null;
        this.#appear(name).catch((error: Error) => this.#options.onGone(error.message));
      }, this.#options.description.reenumerateMs - LEAVE_AFTER_MS);
    }, LEAVE_AFTER_MS);
  }

  #detached(): void {
    this.#attached = null;
    this.#sim = this.#modem?.sim ?? this.#sim;
    this.#modem?.stop();
    this.#modem = null;
    this.#options.log.add("usb", "detached");
    if (this.#isPlugged && this.#changing === null) {
      this.#isPlugged = false;
      this.#options.onGone("the connection has ended");
    }
  }
}
