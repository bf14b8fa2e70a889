import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const FOLDER = "/run/wanherd";
/** pppd: lcp.c, LCP_RTT_MAGIC and the comment above lcp_rtt_update_buffer. */
const MAGIC = 0x19450425;
const INDEX_OFFSET = 8;
const HEADER_BYTES = 16;

/** Where pppd notes the answers to LCP's echo for this interface (pppd(8), `lcp-rtt-file`). */
export function echoFileOf(interfaceName: string, folder = FOLDER): string {
  return `${folder}/lcp-echo-${interfaceName}`;
}

/** Keeps such a file, as far as EchoNotes reads it, for a pppd before 2.5.1, which itself does not. */
export class EchoNoter {
  readonly #file: Promise<FileHandle | null>;
  /** One write after the other: the kernel would do them in any order. */
  #noted: Promise<unknown>;
  #answers = 0;

  constructor(interfaceName: string, folder?: string) {
    this.#file = open(echoFileOf(interfaceName, folder), "w").catch(() => null);
    this.#noted = this.#file;
  }

  /** LCP's echo was answered. */
  note(): void {
    const bytes = Buffer.alloc(HEADER_BYTES);
    bytes.writeUInt32BE(MAGIC, 0);
    bytes.writeUInt32BE(++this.#answers, INDEX_OFFSET);
    // What cannot be noted is not known, as with a pppd that asks nothing.
    this.#noted = this.#noted
      .then(async () => (await this.#file)?.write(bytes, 0, HEADER_BYTES, 0))
      .catch(() => undefined);
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.#noted;
    await (await this.#file)?.close().catch(() => undefined);
  }
}

/** pppd's notes on one link, kept open: they are looked at often. The file lies in memory, so a look waits for nothing. */
export class EchoNotes {
  #file: number | null;
  readonly #bytes = Buffer.alloc(HEADER_BYTES);

  /** For a link whose LCP is up: pppd has made the file by then, if it ever does. */
  constructor(interfaceName: string, folder?: string) {
    try {
      this.#file = openSync(echoFileOf(interfaceName, folder), "r");
    } catch {
      this.#file = null;
    }
  }

  /**
   * A number that is another one after each answer: the index of the newest note in pppd's ring of them. Null when pppd
   * keeps no such file, and nobody does for it.
   */
  mark(): number | null {
    if (this.#file === null) return null;
    try {
      if (readSync(this.#file, this.#bytes, 0, HEADER_BYTES, 0) !== HEADER_BYTES) return null;
    } catch {
      return null;
    }
    return this.#bytes.readUInt32BE(0) === MAGIC ? this.#bytes.readUInt32BE(INDEX_OFFSET) : null;
  }

  /** May be called again. */
  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
