import { requestRecipient, type SetupPacket } from "../../usbip/setup-packet.ts";

/** How a hub switches the power of its ports (wHubCharacteristics, USB 2.0, table 11-13). */
export type Switching = "individual" | "ganged" | "none";

/** What sits in a port: with the port's power it comes onto the bus, and leaves it. */
export interface Occupant {
  /** Resolves when it is there, or gone. */
  powered(isOn: boolean): Promise<void>;
}

/** bRequest (USB 2.0, table 11-16). */
const GET_STATUS = 0;
const CLEAR_FEATURE = 1;
const SET_FEATURE = 3;
const GET_DESCRIPTOR = 6;

/** Feature selectors (USB 2.0, table 11-17). */
const PORT_ENABLE = 1;
const PORT_RESET = 4;
const PORT_POWER = 8;
const C_PORT_CONNECTION = 16;
const C_PORT_RESET = 20;

/** wPortStatus: a feature's selector is its bit (USB 2.0, table 11-21). */
const CONNECTION = 1 << 0;
const ENABLE = 1 << PORT_ENABLE;
const POWER = 1 << PORT_POWER;
const HIGH_SPEED = 1 << 10;

const HUB_DESCRIPTOR = 0x29;
const LOGICAL_SWITCHING = { ganged: 0b00, individual: 0b01, none: 0b10 } as const;
/** In units of 2 ms. */
const POWER_ON_TO_GOOD = 10;

interface Port {
  status: number;
  /** Kept until the kernel clears it. */
  change: number;
  occupant: Occupant | null;
  /** The occupant is on the bus, whether or not the port looks. */
  isPresent: boolean;
}

/** The ports of an emulated high-speed hub: what the hub driver asks of them, and what it is told. */
export class HubPorts {
  readonly #ports: readonly Port[];
  readonly #switching: Switching;
  readonly #log: (text: string) => void;

  /** Gets the status-change bitmap (USB 2.0, 11.12.4) whenever a port has changed. */
  report: (bitmap: Buffer) => void = () => {};

  constructor(count: number, switching: Switching, log: (text: string) => void) {
    this.#ports = Array.from({ length: count }, () => ({ status: 0, change: 0, occupant: null, isPresent: false }));
    this.#switching = switching;
    this.#log = log;
  }

  /** Puts a device in. @throws when the hub has no such port. */
  async insert(number: number, occupant: Occupant): Promise<void> {
    this.#port(number).occupant = occupant;
    if (this.#powered().has(number)) await occupant.powered(true);
  }

  remove(number: number): void {
    this.#port(number).occupant = null;
  }

  /** The device in this port has come onto the bus, or is gone from it. A port without power sees neither. */
  show(number: number, isPresent: boolean): void {
    const port = this.#port(number);
    port.isPresent = isPresent;
    if ((port.status & POWER) === 0) return;
    port.status = POWER | (isPresent ? CONNECTION : 0);
    this.#change(port, C_PORT_CONNECTION);
  }

  /** A hub class request: the answer, empty to acknowledge, null to stall. */
  control(setup: SetupPacket): Buffer | null {
    const ofPort = requestRecipient(setup) === "other";
    if (setup.request === GET_DESCRIPTOR) return setup.value >> 8 === HUB_DESCRIPTOR ? this.#descriptor() : null;
    if (!ofPort) return setup.request === GET_STATUS ? Buffer.alloc(4) : Buffer.alloc(0);
    const number = setup.index & 0xff;
    const port = this.#ports[number - 1];
    if (port === undefined) return null;
    if (setup.request === GET_STATUS) {
      const answer = Buffer.alloc(4);
      answer.writeUInt16LE(port.status, 0);
      answer.writeUInt16LE(port.change, 2);
      return answer;
    }
    if (setup.request === SET_FEATURE) this.#set(number, port, setup.value);
    else if (setup.request === CLEAR_FEATURE) this.#clear(number, port, setup.value);
    else return null;
    return Buffer.alloc(0);
  }

  #set(number: number, port: Port, feature: number): void {
    if (feature === PORT_POWER) this.#switch(number, port, true);
    if (feature === PORT_RESET && (port.status & CONNECTION) !== 0) {
      port.status |= ENABLE | HIGH_SPEED;
      this.#change(port, C_PORT_RESET);
    }
  }

  #clear(number: number, port: Port, feature: number): void {
    if (feature === PORT_POWER) this.#switch(number, port, false);
    else if (feature === PORT_ENABLE) port.status &= ~ENABLE;
    else if (feature >= C_PORT_CONNECTION) port.change &= ~(1 << (feature - C_PORT_CONNECTION));
  }

  #switch(number: number, port: Port, isOn: boolean): void {
    if (isOn === ((port.status & POWER) !== 0)) return;
    this.#log(`port ${number}: power ${isOn ? "on" : "off"}`);
    const before = this.#powered();
    // An unpowered port has no connection, nor a change of it (USB 2.0, 11.24.2.7.2.1).
    Object.assign(port, { status: isOn ? POWER : 0, change: 0 });
    // One that its gang kept alive is seen again.
    if (isOn && port.isPresent) this.show(number, true);
    const now = this.#powered();
    for (const [index, one] of this.#ports.entries()) {
      const hasPower = now.has(index + 1);
      if (hasPower === before.has(index + 1)) continue;
      if (!hasPower) one.isPresent = false;
      one.occupant?.powered(hasPower).catch((error: Error) => this.#log(`port ${index + 1}: ${error.message}`));
    }
  }

  /** The ports that have power: a gang has it as long as one port asks for it; without switches it is always there. */
  #powered(): ReadonlySet<number> {
    const asking = this.#ports.flatMap(({ status }, index) => ((status & POWER) !== 0 ? [index + 1] : []));
    const all = this.#switching === "none" || (this.#switching === "ganged" && asking.length > 0);
    return new Set(all ? this.#ports.map((_, index) => index + 1) : asking);
  }

  /** The kernel forgets what it was told before when it is told anew: each report has all that is not cleared yet. */
  #change(port: Port, feature: number): void {
    port.change |= 1 << (feature - C_PORT_CONNECTION);
    const bitmap = Buffer.alloc(1 + (this.#ports.length >> 3));
    for (const [index, { change }] of this.#ports.entries()) {
      const bit = index + 1;
      if (change !== 0) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
    this.report(bitmap);
  }

  #descriptor(): Buffer {
    const bytes = 1 + (this.#ports.length >> 3);
    const characteristics = LOGICAL_SWITCHING[this.#switching];
    const head = [7 + 2 * bytes, HUB_DESCRIPTOR, this.#ports.length, characteristics, 0, POWER_ON_TO_GOOD, 0];
    return Buffer.concat([Buffer.from(head), Buffer.alloc(bytes), Buffer.alloc(bytes, 0xff)]);
  }

  #port(number: number): Port {
    const port = this.#ports[number - 1];
    if (port === undefined) throw new Error(`the hub has no port ${number}: it has ${this.#ports.length}`);
    return port;
  }
}
