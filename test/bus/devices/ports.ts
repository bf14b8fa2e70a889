import type { Carriers } from "../carriers/carriers.ts";
import { attach, attachBehindHub, type PortPlace, placeOf } from "../usbip/vhci.ts";
import { hasChip, isModem } from "./description.ts";
import { DeviceLog, type LogEntry } from "./device-log.ts";
import { EmulatedDevice, type Seat } from "./emulated-device.ts";
import { describeModel, type Model, modemParamsOf } from "./models/models.ts";
import type { AirHost } from "./radio/air-host.ts";
import type { ModemParams } from "./serial/modem-params.ts";

/** The virtual bus's ports and what is plugged into them. */
export class Ports {
  readonly #bus: number;
  readonly #carriers: Carriers;
  readonly #air: () => Promise<AirHost>;
  readonly #onGone: (port: string, reason: string) => void;
  readonly #devices = new Map<string, EmulatedDevice>();
  readonly #logs = new Map<string, DeviceLog>();
  /** Ports into which something is being plugged right now. */
  readonly #plugging = new Set<string>();

  /**
   * @param air what serves WiFi chips, started by the first that needs it.
   * @param onGone a device has left its port by itself.
   */
  constructor(
    bus: number,
    carriers: Carriers,
    air: () => Promise<AirHost>,
    onGone: (port: string, reason: string) => void,
  ) {
    this.#bus = bus;
    this.#carriers = carriers;
    this.#air = air;
    this.#onGone = onGone;
  }

  /** @throws when the port or the way to it is occupied, or it is none of the bus. */
  async plug(path: string, model: Model): Promise<void> {
    const place = placeOf(path, this.#bus);
    const seat = this.#seat(place);
    for (const other of [...this.#devices.keys(), ...this.#plugging]) {
      if (placeOf(other, this.#bus).number === place.number)
        throw new Error(`port ${path} is occupied${other === path ? "" : `: ${other} has the same number`}`);
    }
    const log = this.#logs.get(path) ?? new DeviceLog();
    this.#logs.set(path, log);
    const description = describeModel(model, place.number);
    const modem = { carrier: place.number, ...ownNumbers(place.number - 1), ...modemParamsOf(model) };

    this.#plugging.add(path);
    try {
      const network = isModem(description) ? await this.#carriers.lend(modem.carrier, path) : null;
      const air = hasChip(description) ? await this.#air() : null;
      const onGone = (reason: string): void => {
        this.#forget(path);
        this.#onGone(path, reason);
      };
      this.#devices.set(path, await EmulatedDevice.plug({ description, seat, modem, network, air, log, onGone }));
    } catch (error) {
      this.#forget(path);
      throw error;
    } finally {
      this.#plugging.delete(path);
    }
  }

  unplug(path: string): void {
    const device = this.#devices.get(path);
    this.#forget(path);
    device?.unplug();
  }

  /** @throws when nothing is plugged in there. */
  device(path: string): EmulatedDevice {
    const device = this.#devices.get(path);
    if (device === undefined) throw new Error(`nothing is plugged into port ${path}`);
    return device;
  }

  log(path: string): LogEntry[] {
    return this.#logs.get(path)?.entries() ?? [];
  }

  /** With a hub goes all that hangs on it. */
  #forget(path: string): void {
    this.#devices.delete(path);
    this.#carriers.giveBack(path);
    const { hub, number } = placeOf(path, this.#bus);
    if (hub !== null) this.#devices.get(hub)?.hub?.remove(number);
    for (const below of this.#devices.keys()) if (placeOf(below, this.#bus).hub === path) this.unplug(below);
  }

  #seat({ hub: path, number }: PortPlace): Seat {
    if (path === null) {
      return { insert: (occupant) => occupant.powered(true), attach: () => attach(number, this.#bus) };
    }
    const { hub } = this.device(path);
    if (hub === null) throw new Error(`the device in port ${path} is no hub`);
    return {
      insert: (occupant) => hub.insert(number, occupant),
      attach: async () => {
        const stream = await attachBehindHub(number, this.#bus);
        stream.once("close", () => hub.show(number, false));
        hub.show(number, true);
        return stream;
      },
    };
  }
}

/** No two modems have the same number, nor two SIM cards. */
function ownNumbers(port: number): Pick<ModemParams, "imei" | "iccid"> {
  const own = `${port}`.padStart(4, "0");
  return { imei: `35693803564${own}`, iccid: `894607123456789${own}` };
}
