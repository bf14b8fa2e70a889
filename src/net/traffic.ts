import { closeSync, openSync, readSync } from "node:fs";

/** Bytes that an interface has carried since it was made. */
export interface Traffic {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** The first line of an interface in proc(5)'s net/dev: name, eight fields of what was received, then what was sent. */
const COUNTERS = /^ *([^\s:]{1,15}): *(\d{1,20})(?: +\d{1,20}){7} +(\d{1,20}) /gm;
/** Some hundred interfaces. */
const MOST_BYTES = 16_384;

/**
 * The counters of all interfaces by name, from one file; empty when it cannot be read. Read at once: the kernel writes it while it is
 * read, nothing is waited for, and to hand a few microseconds of work to another thread costs more. `file` is for tests.
 */
export function readTraffic(file = "/proc/net/dev"): ReadonlyMap<string, Traffic> {
  return new Map(
    [...readText(file).matchAll(COUNTERS)].map(([, name = "", rx, tx]) => [
      name,
      { rxBytes: Number(rx), txBytes: Number(tx) },
    ]),
  );
}

/** readFile would take 64 kB each time, as a file of /proc tells no size; this is read twice a second. */
function readText(file: string): string {
  let opened: number | null = null;
  try {
    opened = openSync(file, "r");
    const buffer = Buffer.allocUnsafe(MOST_BYTES);
    let length = 0;
    for (let read = -1; read !== 0 && length < MOST_BYTES; length += read)
      read = readSync(opened, buffer, length, MOST_BYTES - length, null);
    return buffer.toString("latin1", 0, length);
  } catch {
    return "";
  } finally {
    if (opened !== null) closeSync(opened);
  }
}
