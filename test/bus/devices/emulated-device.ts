import type { Socket } from "node:net";
import { AttachedIdentity } from "./attached-identity.ts";
import { type Attached, type DeviceDescription, hasModem } from "./description.ts";
import type { DeviceLog } from "./device-log.ts";
import { HubPorts, type Occupant } from "./hub/hub-ports.ts";
import type { AirHost } from "./radio/air-host.ts";
import { Modem, type ModemHost, type Network } from "./serial/modem.ts";
import type { ModemParams, Remedy } from "./serial/modem-params.ts";
import type { Sim } from "./serial/sim.ts";

/** A stick has time to answer its trigger before it leaves the bus. */
const LEAVE_AFTER_MS = 50;

/** What it is plugged into. */
export interface Seat {
  /** Puts it in: it gets power now or later. */
  insert(occupant: Occupant): Promise<void>;
  /** Gives the kernel one end of a new stream and returns the other, paused. */
  attach(): Promise<Socket>;
}

export interface EmulatedDeviceOptions {
  readonly description: DeviceDescription;
  readonly seat: Seat;
  readonly modem: Partial<ModemParams>;
  /** Null for what is no modem. */
  readonly network: Network | null;
  /** The program that serves WiFi chips; null for what has none. */
  readonly air: AirHost | null;
  readonly log: DeviceLog;
  /** It is out of the port, and not because `unplug` was called. */
  readonly onGone: (reason: string) => void;
}

/** A device in its port: from the plugging in to the pulling out, through all its identities. */
export class EmulatedDevice implements Occupant {
  /** Its ports, when it is a hub. */
  readonly hub: HubPorts | null;
  readonly #options: EmulatedDeviceOptions;
  #attached: Attached | null = null;
  #modem: Modem | null = null;
  #modemChanges: Partial<ModemParams>;
  /** The card, which stays what it is while the modem starts anew. */
  #sim: Sim | undefined;
  /** Set while it is on its way from one identity to the next. */
  #changing: NodeJS.Timeout | null = null;
  /** It is plugged in, and has power. */
  #isOn = false;

  private constructor(options: EmulatedDeviceOptions) {
    this.#options = options;
    this.#modemChanges = options.modem;
    const { log, description } = options;
    const { hub } = description;
    this.hub = hub === undefined ? null : new HubPorts(hub.ports, hub.switching, (text) => log.add("usb", text));
  }

  /**
   * Plugs it in; resolves when the kernel has taken it, before it has asked for anything, or at once where there is no
   * power yet.
   */
  static async plug(options: EmulatedDeviceOptions): Promise<EmulatedDevice> {
    const device = new EmulatedDevice(options);
    await options.seat.insert(device);
    return device;
  }

  async powered(isOn: boolean): Promise<void> {
    this.#isOn = isOn;
    if (isOn) return this.#appear(this.#options.description.first);
    if (this.#changing !== null) clearTimeout(this.#changing);
    this.#changing = null;
    this.#treat("power");
    this.#attached?.close();
  }

  /** Pulls the plug. */
  unplug(): void {
    void this.powered(false);
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
    const { description, seat, log, network, air } = this.#options;
    const identity = description.identities[name];
    if (identity === undefined) throw new Error(`the device has no identity ${name}`);
    const stream = await seat.attach();
    if (!this.#isOn) {
      stream.destroy();
      return;
    }
    log.add("usb", `attached as ${name}`);
    const onClosed = (): void => this.#detached();
    if (identity.chip !== undefined && air !== null) {
      const listener = { log: (text: string) => log.add("radio", text), onClosed };
      this.#attached = air.serve(stream, identity, identity.chip, listener);
      return;
    }
    this.#modem = hasModem(identity) && network !== null ? this.#createModem(name, network) : null;
    this.#attached = new AttachedIdentity(stream, {
      identity,
      modem: this.#modem,
      hub: this.hub,
      log,
      onTrigger: (becomes) => this.#become(becomes),
      onUsbReset: () => {
        log.add("usb", "reset");
        this.#modem?.loseCall();
        this.#treat("USB reset");
      },
      onClosed,
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
    if (this.#isOn && this.#changing === null) {
      this.#isOn = false;
      this.#options.onGone("the connection has ended");
    }
  }
}
