import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { parseLine } from "./parse-line.ts";
import type { JournalEntry } from "./types.ts";

/** Files are named by the seq of their first entry, so that rotation renames nothing and a power cut in it leaves no gap. */
const FILE_NAME = /^events-([0-9]{10,16})\.ndjson$/;
const MAX_FILES = 4;
const MAX_DAYS = 365;
const DAY_MS = 24 * 3_600_000;
/** Age is looked at no more often than this. */
const AGE_CHECK_MS = 3_600_000;
/** How much is read back at start, to go on where the last run ended. */
const TAIL_BYTES = 256 * 1024;

/** What earlier runs left behind. */
export interface History {
  /** The newest entries, oldest first. */
  readonly entries: readonly JournalEntry[];
  /** No entry on disk has a higher seq. */
  readonly lastSeq: number;
}

/**
 * The journal's directory: NDJSON files of at most a quarter of `maxBytes` each, the oldest removed when there are
 * more than four, or when its newest entry is older than `maxDays`; none is written to for longer than a quarter of that. All calls reject with the file system's error; one call at a time is the caller's business.
 */
export class JournalFiles {
  readonly #directory: string;
  readonly #maxFileBytes: number;
  readonly #maxAgeMs: number;
  #handle: FileHandle | null = null;
  #size = 0;
  #begunAt = 0;
  #agedAt = 0;

  constructor(directory: string, maxBytes: number, maxDays: number = MAX_DAYS) {
    this.#directory = directory;
    this.#maxFileBytes = Math.max(1, Math.floor(maxBytes / MAX_FILES));
    this.#maxAgeMs = maxDays * DAY_MS;
  }

  /** Makes the directory, opens the newest file for appending and reads what was there. */
  async open(): Promise<History> {
    await mkdir(this.#directory, { recursive: true, mode: 0o750 });
    const files = await listFiles(this.#directory);
    const newest = files.at(-1);
    const entries = await this.#readTails(files);
    const firstSeqOfNewest = newest === undefined ? 1 : seqOf(newest);
    const lastSeq = entries.reduce((highest, entry) => Math.max(highest, entry.seq), firstSeqOfNewest - 1);
    if (newest === undefined) {
      await this.#start(1);
    } else {
      await this.#openForAppend(newest);
      // Parts a line torn by a power cut from what follows it.
      const torn = this.#size > 0 && (await readTail(join(this.#directory, newest), 1)) !== "\n";
      if (torn) await this.append("\n", lastSeq + 1);
    }
    return { entries, lastSeq };
  }

  /**
   * Appends whole lines; `firstSeq` is the seq of the first of them, and names the file if a new one is due. When this resolves
   * they are on the medium: without that the kernel keeps them for up to half a minute, which a power cut takes away.
   */
  async append(lines: string, firstSeq: number): Promise<void> {
    const bytes = Buffer.byteLength(lines);
    const isFull = this.#size > 0 && this.#size + bytes > this.#maxFileBytes;
    const isOld = this.#size > 0 && Date.now() - this.#begunAt > this.#maxAgeMs / MAX_FILES;
    if (this.#handle === null || isFull || isOld) await this.#start(firstSeq);
    else if (Date.now() - this.#agedAt > AGE_CHECK_MS) await this.#removeOld();
    await this.#handle?.appendFile(lines);
    await this.#handle?.datasync();
    this.#size += bytes;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async #start(firstSeq: number): Promise<void> {
    await this.close();
    await this.#openForAppend(`events-${String(firstSeq).padStart(10, "0")}.ndjson`);
    await this.#removeOld();
  }

  async #openForAppend(name: string): Promise<void> {
    this.#handle = await open(join(this.#directory, name), "a", 0o640);
    const { size, birthtimeMs, mtimeMs } = await this.#handle.stat();
    this.#size = size;
    // A file system without a time of birth says 0.
    this.#begunAt = birthtimeMs > 0 ? birthtimeMs : mtimeMs;
  }

  /** The newest stays in any case: a computer without a clock of its own wrote it in 1970. */
  async #removeOld(): Promise<void> {
    this.#agedAt = Date.now();
    const files = await listFiles(this.#directory);
    for (const [index, name] of files.slice(0, -1).entries()) {
      const path = join(this.#directory, name);
      const isTooMany = index < files.length - MAX_FILES;
      if (isTooMany || this.#agedAt - (await stat(path)).mtimeMs > this.#maxAgeMs) await unlink(path);
    }
  }

  /** Entries of the last TAIL_BYTES over all files, oldest first; lines that are none are passed over. */
  async #readTails(files: readonly string[]): Promise<JournalEntry[]> {
    let budget = TAIL_BYTES;
    let entries: JournalEntry[] = [];
    for (const name of files.toReversed()) {
      if (budget <= 0) break;
      const text = await readTail(join(this.#directory, name), budget);
      budget -= text.length;
      const older = text.split("\n").flatMap((line) => parseLine(line) ?? []);
      entries = older.concat(entries);
    }
    // Seqs only rise within a healthy directory; the ring relies on it, so a foreign or copied file may not break it.
    let highest = 0;
    return entries.filter((entry) => {
      const rises = entry.seq > highest;
      if (rises) highest = entry.seq;
      return rises;
    });
  }
}

/** The seq that a file's first entry has at least. */
export function seqOf(name: string): number {
  return Number(FILE_NAME.exec(name)?.[1]);
}

/** The names of a journal's files, oldest first. Rejects with the file system's error. */
export async function listFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort((a, b) => seqOf(a) - seqOf(b));
}

async function readTail(path: string, maxBytes: number): Promise<string> {
  const { size } = await stat(path);
  const length = Math.min(size, maxBytes);
  const handle = await open(path, "r");
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, size - length);
    return new TextDecoder().decode(bytes.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
