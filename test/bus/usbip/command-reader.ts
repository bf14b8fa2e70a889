import { type Command, commandLength, decodeCommand, HEADER_BYTES } from "./pdu.ts";

/** Cuts the kernel's byte stream into commands. Bytes are joined at most once, and only where a read has cut a command. */
export class CommandReader {
  #parts: Buffer[] = [];
  #held = 0;
  #needed = HEADER_BYTES;

  /**
   * Takes the next bytes, returns the commands that they complete.
   * @throws on what is no command.
   */
  push(chunk: Buffer): Command[] {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];

    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held);
    const commands: Command[] = [];
    let start = 0;
    for (;;) {
      const left = bytes.length - start;
      this.#needed = left < HEADER_BYTES ? HEADER_BYTES : commandLength(bytes.subarray(start, start + HEADER_BYTES));
      if (left < this.#needed) break;
      commands.push(decodeCommand(bytes.subarray(start, start + this.#needed)));
      start += this.#needed;
    }
    this.#held = bytes.length - start;
    this.#parts = this.#held === 0 ? [] : [bytes.subarray(start)];
    return commands;
  }
}
