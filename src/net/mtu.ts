import { readFile } from "node:fs/promises";

/** RFC 791: every link carries packets of 68 bytes; less is no MTU that TCP could be told of. */
const LEAST = 68;

/** The MTUs of those interfaces that are there, in bytes (Documentation/ABI/testing/sysfs-class-net). `root` is for tests. */
export async function readMtus(
  interfaces: readonly string[],
  root = "/sys/class/net",
): Promise<ReadonlyMap<string, number>> {
  const read = interfaces.map(async (name): Promise<[string, number]> => {
    const text = await readFile(`${root}/${name}/mtu`, "utf8").catch(() => "");
    return [name, /^\d{1,6}\n?$/.test(text) ? Number(text) : 0];
  });
  return new Map((await Promise.all(read)).filter(([, mtu]) => mtu >= LEAST));
}
