import type { RadioDevice } from "../radio/types.ts";
import { isSameRadio } from "./radio-book.ts";
import type { HotplugEvent, PortPath, Tty, UsbDevice } from "./types.ts";

/** How the book learns what is in a port right now. `readDevice` returns `known` itself when nothing changed. */
export interface PortReaders {
  readDevice(port: PortPath, known: UsbDevice | null): Promise<UsbDevice | null>;
  readTtys(device: UsbDevice): Promise<readonly Tty[]>;
  readRadio(device: UsbDevice): Promise<RadioDevice | null>;
}

interface Entry {
  device: UsbDevice | null;
  ttys: readonly Tty[];
  radio: RadioDevice | null;
  /** Address of the device last reported gone: sysfs may show it for a moment longer. */
  gone: number | null;
  /** The look under way, and whether something happened since it began. */
  looking: Promise<void> | null;
  again: boolean;
}

/**
 * What is known to be in each port, kept in step with the world.
 *
 * Signals say only *that* something happened in a port; the book then looks and reports the difference between what
 * it knew and what is there. So signals may be doubled, late or merged, from any number of sources, and a scan at
 * start is the same as an arrival. The one shortcut is `removed`, which needs no look and is reported at once.
 *
 * Order per port: a device's ttys and radio appear after its attach and vanish before its detach; a new device attaches after
 * its predecessor's detach.
 */
export class PortBook {
  readonly #readers: PortReaders;
  readonly #emit: (event: HotplugEvent) => void;
  readonly #entries = new Map<PortPath, Entry>();
  #closed = false;

  constructor(readers: PortReaders, emit: (event: HotplugEvent) => void) {
    this.#readers = readers;
    this.#emit = (event) => {
      if (!this.#closed) emit(event);
    };
  }

  /** Ports that hold a device as far as is known. */
  occupied(): readonly PortPath[] {
    return [...this.#entries].filter(([, entry]) => entry.device !== null).map(([port]) => port);
  }

  /** A device has come with this address. Does nothing if it is known already. */
  arrived(port: PortPath, address: number): void {
    const entry = this.#entry(port);
    if (entry.device?.address === address) return;
    if (entry.gone === address) entry.gone = null;
    void this.look(port);
  }

  /** The device with this address is gone. Does nothing if another one is there by now. */
  removed(port: PortPath, address: number): void {
    const entry = this.#entry(port);
    entry.gone = address;
    if (entry.device?.address === address) this.#replace(port, entry, null);
  }

  /** Looks at the port, now or once more when a look is under way. Resolves when a look begun after this call is done. */
  look(port: PortPath): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const entry = this.#entry(port);
    entry.again = true;
    entry.looking ??= this.#lookUntilSettled(port, entry);
    return entry.looking;
  }

  /** Reports nothing any more; resolves when no look is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#entries.values()].map((entry) => entry.looking));
  }

  async #lookUntilSettled(port: PortPath, entry: Entry): Promise<void> {
    do {
      entry.again = false;
      const seen = await this.#readers.readDevice(port, entry.device);
      const device = seen?.address === entry.gone ? null : seen;
      if (device !== entry.device) this.#replace(port, entry, device);
      if (device === null) continue;
      const [ttys, radio] = await Promise.all([this.#readers.readTtys(device), this.#readers.readRadio(device)]);
      if (entry.device === device) this.#update(entry, ttys, radio);
    } while (entry.again && !this.#closed);
    entry.looking = null;
  }

  #replace(port: PortPath, entry: Entry, device: UsbDevice | null): void {
    this.#update(entry, [], null);
    const before = entry.device;
    entry.device = device;
    if (before !== null) this.#emit({ type: "device.detached", port, address: before.address });
    if (device !== null) this.#emit({ type: "device.attached", device });
  }

  #update(entry: Entry, ttys: readonly Tty[], radio: RadioDevice | null): void {
    const last = entry.radio;
    entry.radio = radio;
    if (last !== null && radio === null) this.#emit({ type: "radio.vanished", id: last.id });
    if (radio !== null && !isSameRadio(last, radio)) this.#emit({ type: "radio.appeared", radio });
    const same = (a: Tty) => (b: Tty) => a.interface === b.interface && a.driver === b.driver;
    const before = entry.ttys;
    entry.ttys = ttys;
    for (const tty of before) {
      if (!ttys.some(same(tty))) this.#emit({ type: "tty.vanished", port: tty.port, interface: tty.interface });
    }
    for (const tty of ttys) {
      if (!before.some(same(tty))) this.#emit({ type: "tty.appeared", tty });
    }
  }

  #entry(port: PortPath): Entry {
    let entry = this.#entries.get(port);
    if (entry === undefined) {
      entry = { device: null, ttys: [], radio: null, gone: null, looking: null, again: false };
      this.#entries.set(port, entry);
    }
    return entry;
  }
}
