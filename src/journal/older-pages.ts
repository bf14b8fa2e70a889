import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { listFiles, seqOf } from "./files.ts";
import { matches } from "./matches.ts";
import { parseLine } from "./parse-line.ts";
import type { EntryFilter, EntryLine } from "./types.ts";

/** Read and taken apart at once: some milliseconds' worth on a small computer. */
const CHUNK_BYTES = 32 * 1024;
/** No line of ours is longer by far; what is was not written by us. */
const MAX_LINE = 64 * 1024;

/**
 * What the journal's files hold between two seqs, in pages, oldest first: a page is what one chunk of a file had. Files that
 * cannot hold any of it are not opened; one that is removed meanwhile is passed over.
 */
export async function* olderPages(
  directory: string,
  filter: EntryFilter & { since: number; before: number },
): AsyncGenerator<readonly EntryLine[]> {
  const files = await listFiles(directory).catch(() => []);
  let { since } = filter;
  for (const [index, name] of files.entries()) {
    const next = files[index + 1];
    if (next !== undefined && seqOf(next) <= since + 1) continue;
    if (seqOf(name) >= filter.before) return;
    const path = join(directory, name);
    try {
      if (filter.from !== undefined && (await stat(path)).mtimeMs < filter.from) continue;
      for await (const lines of chunksOfLines(path)) {
        const page: EntryLine[] = [];
        for (const line of lines) {
          const entry = parseLine(line);
          if (entry === null || entry.seq <= since) continue;
          if (entry.seq >= filter.before) return yield page;
          since = entry.seq;
          const { seq, port, topic, time } = entry;
          // As it was parsed and bounded, and not as it stands there: the file may have been touched.
          const kept = { seq, port, topic, timeMs: Date.parse(time), line: Buffer.from(JSON.stringify(entry)) };
          if (matches(filter, kept)) page.push(kept);
        }
        if (page.length > 0) yield page;
      }
    } catch {
      // Rotated away, or a disk that fails: the rest is still worth telling.
    }
  }
}

async function* chunksOfLines(path: string): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: CHUNK_BYTES })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = (lines.pop() ?? "").slice(-MAX_LINE);
    yield lines;
  }
  yield [rest];
}
