import type { SetupPacket } from "../../usbip/setup-packet.ts";
import { type Chip, macBytes } from "./chip.ts";

export interface Rt5370Params {
  readonly mac: string;
}

/** bRequest of the vendor requests, as in Linux, rt2x00usb.h; the register or the place is in wIndex. */
const MULTI_READ = 7;
const EEPROM_READ = 9;

/** Registers, 32 bits each; the one that is not 0: chip and revision (rt2800.h). */
const MAC_CSR0 = 0x1000;
const CHIP_AND_REVISION = 0x5390_0502;

const EEPROM_BYTES = 0x200;
const EEPROM_CHIP_ID = 0;
const EEPROM_MAC = 4;
const RF5370 = 0x5370;

/**
 * RT5370, as far as its driver goes without firmware: it makes a radio that knows AP mode, and asks for the firmware only when
 * the interface is to be set up.
 */
export class Rt5370 implements Chip {
  readonly #eeprom = Buffer.alloc(EEPROM_BYTES, 0xff);

  constructor({ mac }: Rt5370Params) {
    this.#eeprom.writeUInt16LE(RF5370, EEPROM_CHIP_ID);
    macBytes(mac).copy(this.#eeprom, EEPROM_MAC);
  }

  control({ request, index, length }: SetupPacket): Buffer {
    if (request === EEPROM_READ) return this.#eeprom.subarray(index, index + length);
    const bytes = Buffer.alloc(length);
    if (request === MULTI_READ && index === MAC_CSR0 && length >= 4) bytes.writeUInt32LE(CHIP_AND_REVISION);
    return bytes;
  }

  out(): void {}

  stop(): void {}
}
