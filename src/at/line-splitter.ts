/** A kept line is at most this long; the rest of a longer one is dropped up to its end. */
const MAX_LINE = 1024;

/**
 * Cuts a byte stream from a modem into lines. CR and LF both end a line in any combination (V.250, 5.7.1: the
 * two characters are settable by S3 and S4, and modems disagree on how many they send); empty lines are
 * dropped. NUL bytes, which some sticks send while they wake up, are ignored. A waiting `>` (27.005, 3.5.1:
 * the modem wants text) comes out as the line `>`, since no line end follows it.
 * Memory is bounded by one line, work is linear in the input.
 */
export class LineSplitter {
  private pending = "";

  push(bytes: Uint8Array): string[] {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").replaceAll("\0", "");
    const lines: string[] = [];
    const pieces = text.split(/[\r\n]/);
    const unfinished = pieces.pop() ?? "";
    for (const piece of pieces) {
      this.append(piece);
      if (this.pending !== "") lines.push(this.pending);
      this.pending = "";
    }
    this.append(unfinished);
    if (this.pending === "> " || this.pending === ">") {
      lines.push(">");
      this.pending = "";
    }
    return lines;
  }

  /** Forgets an unfinished line. */
  reset(): void {
    this.pending = "";
  }

  private append(piece: string): void {
    const room = MAX_LINE - this.pending.length;
    if (room > 0) this.pending += piece.slice(0, room);
  }
}
