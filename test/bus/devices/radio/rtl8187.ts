import type { SetupPacket } from "../../usbip/setup-packet.ts";
import { type Chip, macBytes } from "./chip.ts";
import { Eeprom93c46 } from "./eeprom-93c46.ts";

export interface Rtl8187Params {
  readonly mac: string;
  /** Default `on`. */
  readonly radioSwitch?: "on" | "off";
}

/** Registers, 8 bits each, in pages of 64 KiB: address in wValue, page in wIndex. Names as in Linux, rtl818x.h. */
const PAGES = 3;
const PAGE_BYTES = 0x10000;
const COMMAND = 0xff37;
const EEPROM_COMMAND = 0xff50;
const GPIO1 = 0xff92;
/** Says which chip of the family it is; the driver takes 1 for a plain 8187. */
const SYSTEM_ID = 0xfffe;

/** Bit of COMMAND: a reset is under way. */
const RESET = 0x10;
/** Bits of EEPROM_COMMAND. */
const CHIP_SELECT = 0x08;
const CLOCK = 0x04;
const DATA_IN = 0x02;
const MODE_AND_DATA_OUT = 0xc1;
/** Bit of GPIO1: the radio's switch is on. */
const SWITCH_IS_ON = 0x02;
const EEPROM_MAC_WORD = 7;

/** RTL8187: managed, ad-hoc and monitor mode, no AP. Sends into the void and hears nothing. */
export class Rtl8187 implements Chip {
  readonly #registers = Buffer.alloc(PAGES * PAGE_BYTES);
  readonly #eeprom: Eeprom93c46;

  constructor({ mac, radioSwitch = "on" }: Rtl8187Params) {
    const words = new Uint16Array(64);
    const address = macBytes(mac);
    for (let word = 0; word < 3; word++) words[EEPROM_MAC_WORD + word] = address.readUInt16LE(2 * word);
    this.#eeprom = new Eeprom93c46(words);
    this.#registers[SYSTEM_ID] = 1;
    this.#registers[GPIO1] = radioSwitch === "on" ? 0xff : 0xff & ~SWITCH_IS_ON;
  }

  control({ requestType, value, index, length }: SetupPacket, data: Buffer): Buffer {
    const at = (index & 3) * PAGE_BYTES + value;
    if ((requestType & 0x80) !== 0) return this.#read(value, at, length);
    data.copy(this.#registers, at);
    const pins = data[0] ?? 0;
    if (value === EEPROM_COMMAND)
      this.#eeprom.drive((pins & CHIP_SELECT) !== 0, (pins & CLOCK) !== 0, (pins & DATA_IN) !== 0 ? 1 : 0);
    return Buffer.alloc(0);
  }

  out(): void {}

  stop(): void {}

  #read(register: number, at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.#registers.copy(bytes, 0, at, at + length);
    const first = bytes[0] ?? 0;
    if (register === EEPROM_COMMAND) bytes[0] = (first & ~MODE_AND_DATA_OUT) | this.#eeprom.output;
    // A reset is done as soon as it is asked for.
    if (register === COMMAND) bytes[0] = first & ~RESET;
    return bytes;
  }
}
