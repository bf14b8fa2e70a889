import { watch } from "node:fs";
import { type FileHandle, open, rm, writeFile } from "node:fs/promises";
import { printable } from "../../machines/failure.ts";

/** A line longer than this is none that we know. */
const LONGEST = 2_000;
const PIECE = 16_384;

export interface FollowedLog {
  /** Resolves when all that had been written by now is told. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

export interface LogOptions {
  readonly file: string;
  /** Gets each line, safe to show. */
  readonly line: (line: string) => void;
  /** From this size on, in bytes, the file gives way to a new one. */
  readonly limit: number;
  /** Has the program open its log anew; resolves when it writes to the new file. */
  readonly reopen: () => Promise<boolean>;
  /** Goes on with the file that is there, and tells it from its beginning; default: a new one. */
  readonly resume?: boolean;
}

/**
 * Makes the file, and tells what a program appends to it. A file and no pipe, because hostapd would end when it wrote to a
 * pipe that nobody reads any more; inotify tells of each write.
 */
export async function followLog(options: LogOptions): Promise<FollowedLog> {
  const { file, line, limit, reopen, resume = false } = options;
  let handle = resume ? await open(file, "r") : await fresh(file);
  let watcher = watch(file, () => void catchUp());
  let position = 0;
  let pending = "";
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  /** All that is there to be read. */
  async function drain(): Promise<void> {
    const buffer = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, PIECE, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const lines = (pending + buffer.toString("latin1", 0, bytesRead)).split("\n");
      pending = (lines.pop() ?? "").slice(0, LONGEST);
      for (const text of lines) line(printable(text.slice(0, LONGEST), 300));
    }
  }

  /** The program goes on writing to the old file until it has opened the new one, so that is read to its end first. */
  async function replace(): Promise<void> {
    const next = await fresh(file);
    if (await reopen().catch(() => false)) await drain();
    watcher.close();
    await handle.close();
    [handle, watcher, position] = [next, watch(file, () => void catchUp()), 0];
    await drain();
  }

  async function look(): Promise<void> {
    if (isClosed) return;
    await drain();
    if (position >= limit) await replace();
  }

  function catchUp(): Promise<void> {
    last = last.then(look).catch(() => {});
    return last;
  }

  return {
    catchUp,
    async close() {
      await catchUp();
      isClosed = true;
      watcher.close();
      await handle.close();
    },
  };
}

/** An empty file of this name; one that had it before is another file, which those that have it open keep. */
async function fresh(file: string): Promise<FileHandle> {
  await rm(file, { force: true });
  await writeFile(file, "", { mode: 0o600, flag: "wx" });
  return open(file, "r");
}
