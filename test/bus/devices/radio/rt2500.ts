import type { SetupPacket } from "../../usbip/setup-packet.ts";
import type { AirFrame, Receiver } from "./air.ts";
import { type Chip, type ChipWorld, macBytes } from "./chip.ts";
import { readTransmission, writeReception } from "./rt2500-frames.ts";

export interface Rt2500Params {
  readonly mac: string;
  /**
   * `falls silent`: from the moment on when its interface is set up first, which therefore fails. (The driver's other ways to
   * fail there, as a baseband that is dead, have it submit its receive transfers twice, which corrupts the kernel.)
   */
  readonly fault?: "falls silent" | null;
  /** The slide switch that some of these dongles have. Default `none`. */
  readonly radioSwitch?: "none" | "on" | "off";
}

/** bRequest of the vendor requests; the register or the place is in wIndex. Names as in Linux, rt2x00usb.h. */
const DEVICE_MODE = 1;
const MULTI_WRITE = 6;
const MULTI_READ = 7;
const EEPROM_READ = 9;

/** Registers, 16 bits each. Names as in Linux, rt2500usb.h. */
const FIRST_REGISTER = 0x400;
const MAC_CSR0 = 0x400;
const MAC_CSR2 = 0x404;
const MAC_CSR5 = 0x40a;
const MAC_CSR17 = 0x422;
const MAC_CSR19 = 0x426;
const TXRX_CSR2 = 0x444;
const TXRX_CSR18 = 0x464;
const TXRX_CSR19 = 0x466;
const PHY_CSR7 = 0x4ce;
const PHY_CSR8 = 0x4d0;
const PHY_CSR9 = 0x4d2;
const PHY_CSR10 = 0x4d4;

/** RT2570 revision C; the driver wants the low nibble only. */
const REVISION = 3;
/** Bits of TXRX_CSR2. */
const DISABLE_RX = 0x0001;
const DROP_CONTROL = 0x0008;
const DROP_NOT_TO_ME = 0x0010;
const DROP_TO_DS = 0x0020;
const DROP_MULTICAST = 0x0200;
/** Bit of TXRX_CSR19. */
const BEACON_GENERATOR = 0x0010;

const EEPROM_BYTES = 0x6e;
const EEPROM_MAC = 4;
const EEPROM_ANTENNA = 0x16;
/** Two antennas, the radio is switched by hardware, RF chip 2522. */
const ANTENNA_WITH_SWITCH = 0x0402;
/** Bit of MAC_CSR19 (general purpose pins): the switch is on. */
const SWITCH_IS_ON = 0x0080;

/**
 * Word 2 of the RF2522 for channel 1; each further one adds 20. The driver takes an EEPROM of ones, and one of a switch
 * only, for a board with this RF chip.
 */
const RF_CHANNEL_1 = 0xc1fda;
const RF_CHANNEL_14 = 0xc20fa;

/** The third OUT endpoint is the beacon's; the driver deals them to its queues in this order. */
const BEACON_ENDPOINT = 3;
/** Before each beacon the driver sends one of a single byte. */
const GUARD_BYTES = 1;
const TIMESTAMP = 24;
/** A time unit of IEEE 802.11. */
const TU_MS = 1.024;
/** What waits to be read by a driver that does not keep up; more is lost, as on the real chip. */
const MOST_QUEUED_BYTES = 128 * 1024;

/** RT2570: the chip of rt2500usb. Knows AP mode; runs without firmware. */
export class Rt2500 implements Chip, Receiver {
  channel: number | null = null;
  readonly #world: ChipWorld;
  readonly #fault: Rt2500Params["fault"];
  #isSilent = false;
  readonly #registers = new Uint16Array(0x80);
  readonly #baseband = Buffer.alloc(0x80, 0x41);
  readonly #eeprom = Buffer.alloc(EEPROM_BYTES, 0xff);
  #beacon: AirFrame | null = null;
  #beaconTimer: NodeJS.Timeout | null = null;

  constructor({ mac, fault = null, radioSwitch = "none" }: Rt2500Params, world: ChipWorld) {
    this.#world = world;
    this.#fault = fault;
    macBytes(mac).copy(this.#eeprom, EEPROM_MAC);
    if (radioSwitch !== "none") this.#eeprom.writeUInt16LE(ANTENNA_WITH_SWITCH, EEPROM_ANTENNA);
    this.#set(MAC_CSR0, REVISION);
    this.#set(MAC_CSR19, radioSwitch === "off" ? 0 : SWITCH_IS_ON);
    world.air.join(this);
  }

  control({ request, index, length }: SetupPacket, data: Buffer): Buffer | Promise<Buffer> {
    // With this begins all setting up.
    if (request === DEVICE_MODE && this.#fault === "falls silent") this.#isSilent = true;
    if (this.#isSilent) return new Promise(() => {});
    switch (request) {
      case EEPROM_READ:
        return this.#eeprom.subarray(index, index + length);
      case MULTI_READ: {
        const bytes = Buffer.alloc(length);
        for (let at = 0; at + 1 < length; at += 2) bytes.writeUInt16LE(this.#read(index + at), at);
        return bytes;
      }
      case MULTI_WRITE:
        for (let at = 0; at + 1 < data.length; at += 2) this.#write(index + at, data.readUInt16LE(at));
        return Buffer.alloc(0);
      default: // modes, LEDs, the receiver's end: nothing that is seen from outside
        return Buffer.alloc(length);
    }
  }

  out(endpoint: number, data: Buffer): void {
    if (endpoint === BEACON_ENDPOINT && data.length === GUARD_BYTES) return;
    // A copy where it is kept: the transfer's buffer is used again.
    const frame = readTransmission(endpoint === BEACON_ENDPOINT ? Buffer.from(data) : data);
    if (endpoint === BEACON_ENDPOINT) this.#beacon = frame;
    else if (frame !== null) this.#world.air.send(this, frame);
  }

  hear(frame: AirFrame): void {
    const filter = this.#get(TXRX_CSR2);
    const to = this.#addressee(frame.bytes);
    if ((filter & DISABLE_RX) !== 0 || isFiltered(frame.bytes, to, filter)) return;
    if (this.#world.bulkIn.queuedBytes > MOST_QUEUED_BYTES) return;
    const bssid = this.#address(MAC_CSR5);
    const isOwnBss = [10, 16].some((at) => frame.bytes.subarray(at, at + 6).equals(bssid));
    this.#world.bulkIn.send(writeReception(frame, to === "broadcast" ? "multicast" : to, isOwnBss));
  }

  stop(): void {
    this.#world.air.leave(this);
    this.#stopBeacons();
  }

  #read(register: number): number {
    const value = this.#get(register);
    switch (register) {
      case PHY_CSR8: // never busy
        return 0;
      case PHY_CSR10: // neither
        return value & 0x7fff;
      case MAC_CSR17: // the states that were asked for are the ones it is in
        return (value & ~0x1e0) | ((value & 0x1e) << 4);
      default:
        return value;
    }
  }

  #write(register: number, value: number): void {
    if (register === MAC_CSR0 || register === MAC_CSR19) return;
    const isBeaconing = this.#beaconTimer !== null;
    this.#set(register, value);
    if (register === PHY_CSR7) this.#accessBaseband(value);
    if (register === PHY_CSR10) this.#tune(((value & 0xff) << 16) | this.#get(PHY_CSR9));
    if (register === TXRX_CSR19 && (value & BEACON_GENERATOR) !== 0 && !isBeaconing) this.#startBeacons();
  }

  #accessBaseband(value: number): void {
    const register = (value >> 8) & 0x7f;
    const isRead = (value & 0x8000) !== 0;
    if (isRead) this.#set(PHY_CSR7, (value & 0xff00) | (this.#baseband[register] ?? 0));
    else if (register !== 0) this.#baseband[register] = value & 0xff;
  }

  #tune(word: number): void {
    const steps = (word - RF_CHANNEL_1) / 20;
    const channel =
      word === RF_CHANNEL_14 ? 14 : Number.isInteger(steps) && steps >= 0 && steps < 13 ? steps + 1 : null;
    if (channel === null || channel === this.channel) return;
    this.channel = channel;
    this.#world.log(`channel ${channel}`);
  }

  /** The driver switches the generator off and on again around each change of the beacon. */
  #startBeacons(): void {
    this.#world.log("beacons");
    const intervalMs = ((this.#get(TXRX_CSR18) >> 4) / 4) * TU_MS;
    this.#beaconTimer = setInterval(() => {
      if ((this.#get(TXRX_CSR19) & BEACON_GENERATOR) === 0) this.#stopBeacons();
      else if (this.#beacon !== null) {
        this.#beacon.bytes.writeBigUInt64LE(process.hrtime.bigint() / 1000n, TIMESTAMP);
        this.#world.air.send(this, this.#beacon);
      }
    }, intervalMs || 100);
  }

  #stopBeacons(): void {
    if (this.#beaconTimer !== null) clearInterval(this.#beaconTimer);
    this.#beaconTimer = null;
  }

  #addressee(bytes: Buffer): "me" | "broadcast" | "multicast" | "others" {
    const address = bytes.subarray(4, 10);
    if (address.every((byte) => byte === 0xff)) return "broadcast";
    if (((address[0] ?? 0) & 1) !== 0) return "multicast";
    return address.equals(this.#address(MAC_CSR2)) ? "me" : "others";
  }

  /** The address that three registers hold. */
  #address(register: number): Buffer {
    const bytes = Buffer.alloc(6);
    for (let at = 0; at < 6; at += 2) bytes.writeUInt16LE(this.#get(register + at), at);
    return bytes;
  }

  #get(register: number): number {
    return this.#registers[(register - FIRST_REGISTER) / 2] ?? 0;
  }

  #set(register: number, value: number): void {
    this.#registers[(register - FIRST_REGISTER) / 2] = value;
  }
}

/** Whether the receiver drops this frame, by the type and the direction in its frame control (IEEE 802.11, 9.2.4.1). */
function isFiltered(bytes: Buffer, to: "me" | "broadcast" | "multicast" | "others", filter: number): boolean {
  const isControl = ((bytes[0] ?? 0) & 0x0c) === 0x04;
  const isToDs = ((bytes[1] ?? 0) & 0x01) !== 0;
  return (
    (isControl && (filter & DROP_CONTROL) !== 0) ||
    (isToDs && (filter & DROP_TO_DS) !== 0) ||
    (to === "others" && (filter & DROP_NOT_TO_ME) !== 0) ||
    (to === "multicast" && (filter & DROP_MULTICAST) !== 0)
  );
}
