import type { JournalFiles } from "./files.ts";

/** What a power cut may take. Each batch is written through to the medium, so shorter would wear out an SD card. */
const FLUSH_AFTER_MS = 5_000;
const FLUSH_AT_BYTES = 64 * 1024;
/** A disk that hangs must not fill the memory: beyond this the newest lines are dropped. */
const MAX_PENDING_BYTES = 1024 * 1024;

/**
 * Takes entries at any rate and appends them in batches, at most one write at a time, so that an SD card sees a few
 * writes a minute. Each spell of trouble (disk full, unplugged, read-only) is told once; what could not be written is lost on
 * disk only.
 */
export class BatchWriter {
  readonly #files: JournalFiles;
  readonly #onTrouble: (error: unknown) => void;
  #lines: string[] = [];
  #bytes = 0;
  #firstSeq = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #troubled = false;

  constructor(files: JournalFiles, onTrouble: (error: unknown) => void) {
    this.#files = files;
    this.#onTrouble = onTrouble;
  }

  /** Takes an entry's seq and its line of JSON. */
  add(seq: number, json: string): void {
    if (this.#bytes > MAX_PENDING_BYTES) return;
    if (this.#lines.length === 0) this.#firstSeq = seq;
    const line = `${json}\n`;
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line);
    if (this.#bytes >= FLUSH_AT_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS);
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    while (this.#writing !== null || this.#lines.length > 0) {
      this.#flush();
      await this.#writing;
    }
    await this.#files.close();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null || this.#lines.length === 0) return;
    const text = this.#lines.join("");
    const firstSeq = this.#firstSeq;
    this.#lines = [];
    this.#bytes = 0;
    this.#writing = this.#write(text, firstSeq);
  }

  async #write(text: string, firstSeq: number): Promise<void> {
    try {
      await this.#files.append(text, firstSeq);
      this.#troubled = false;
    } catch (error) {
      const first = !this.#troubled;
      this.#troubled = true;
      if (first) this.#onTrouble(error);
    } finally {
      this.#writing = null;
      // What came in meanwhile waits for its own five seconds, unless there is much of it.
      if (this.#bytes >= FLUSH_AT_BYTES) this.#flush();
      else if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS);
    }
  }
}
