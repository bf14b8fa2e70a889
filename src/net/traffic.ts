import { readFile } from "node:fs/promises";
import { isInterfaceName } from "./check-desired.ts";

/** Bytes that an interface has carried since it was made. */
export interface Traffic {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/**
 * The interface's counters (Documentation/ABI/testing/sysfs-class-net-statistics), or null when there is no such
 * interface (any more). `root` is for tests.
 */
export async function readTraffic(name: string, root = "/sys/class/net"): Promise<Traffic | null> {
  if (!isInterfaceName(name)) return null;
  const [rxBytes, txBytes] = await Promise.all([counter("rx_bytes"), counter("tx_bytes")]);
  return rxBytes === null || txBytes === null ? null : { rxBytes, txBytes };

  async function counter(file: string): Promise<number | null> {
    const text = await readFile(`${root}/${name}/statistics/${file}`, "utf8").catch(() => "");
    return /^\d{1,20}\n?$/.test(text) ? Number(text) : null;
  }
}

/** The first line of an interface in proc(5)'s net/dev: name, eight fields of what was received, then what was sent. */
const COUNTERS = /^ *([^\s:]{1,15}): *(\d{1,20})(?: +\d{1,20}){7} +(\d{1,20}) /gm;

/** The same for all interfaces by name, from one file; empty when it cannot be read. `file` is for tests. */
export async function readAllTraffic(file = "/proc/net/dev"): Promise<ReadonlyMap<string, Traffic>> {
  const text = await readFile(file, "utf8").catch(() => "");
  return new Map(
    [...text.matchAll(COUNTERS)].map(([, name = "", rx, tx]) => [name, { rxBytes: Number(rx), txBytes: Number(tx) }]),
  );
}
