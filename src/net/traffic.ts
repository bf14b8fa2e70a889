import { open } from "node:fs/promises";

/** Bytes that an interface has carried since it was made. */
export interface Traffic {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** The first line of an interface in proc(5)'s net/dev: name, eight fields of what was received, then what was sent. */
const COUNTERS = /^ *([^\s:]{1,15}): *(\d{1,20})(?: +\d{1,20}){7} +(\d{1,20}) /gm;
/** Some hundred interfaces. */
const MOST_BYTES = 16_384;

/** The counters of all interfaces by name, from one file; empty when it cannot be read. `file` is for tests. */
export async function readTraffic(file = "/proc/net/dev"): Promise<ReadonlyMap<string, Traffic>> {
  const text = await readText(file).catch(() => "");
  return new Map(
    [...text.matchAll(COUNTERS)].map(([, name = "", rx, tx]) => [name, { rxBytes: Number(rx), txBytes: Number(tx) }]),
  );
}

/** readFile would take 64 kB each time, as a file of /proc tells no size; this is read twice a second. */
async function readText(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafe(MOST_BYTES);
    let length = 0;
    for (let read = -1; read !== 0 && length < MOST_BYTES; length += read)
      read = (await handle.read(buffer, length, MOST_BYTES - length)).bytesRead;
    return buffer.toString("latin1", 0, length);
  } finally {
    await handle.close();
  }
}
