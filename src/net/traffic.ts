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
