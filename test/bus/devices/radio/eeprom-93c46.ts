/** A serial EEPROM of 64 words, of which only READ is served: start bit, opcode 10, six bits of address. */
const READ_BITS = 9;
const WORD_BITS = 16;

/** The 93C46 that a host reads bit by bit over four wires (Microchip, 93C46 data sheet, 2.4 and 2.9). */
export class Eeprom93c46 {
  readonly #words: Uint16Array;
  #clock = false;
  #heard = "";
  #leaving: number[] = [];
  #output: 0 | 1 = 0;

  constructor(words: Uint16Array) {
    this.#words = words;
  }

  /** Its data output. */
  get output(): 0 | 1 {
    return this.#output;
  }

  /** The levels of chip select, clock and data input from now on; a bit moves with each rise of the clock. */
  drive(select: boolean, clock: boolean, data: 0 | 1): void {
    const rises = clock && !this.#clock;
    this.#clock = clock;
    if (!select) {
      this.#heard = "";
      this.#leaving = [];
      this.#output = 0;
    } else if (rises) this.#shift(data);
  }

  #shift(data: 0 | 1): void {
    const next = this.#leaving.shift();
    if (next !== undefined) {
      this.#output = next === 1 ? 1 : 0;
      return;
    }
    // What comes before the start bit does not count.
    if (this.#heard === "" && data === 0) return;
    this.#heard += data;
    if (this.#heard.length < READ_BITS) return;
    const word = this.#words[Number.parseInt(this.#heard.slice(3), 2)] ?? 0;
    this.#leaving = Array.from({ length: WORD_BITS }, (_, bit) => (word >> (WORD_BITS - 1 - bit)) & 1);
    this.#heard = "";
    // A zero goes ahead of the word.
    this.#output = 0;
  }
}
