import { readdir, readFile, readlink } from "node:fs/promises";
import { printable } from "../../machines/failure.ts";

/** Which programs hold these ttys (`/dev/ttyUSB0`) open, by name; of other users' programs only root is told (proc(5)). */
export async function ttyHolders(ttys: ReadonlySet<string>, proc = "/proc"): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>();
  for (const pid of await readdir(proc).catch(() => [])) {
    if (!/^[0-9]+$/.test(pid)) continue;
    for (const number of await readdir(`${proc}/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`${proc}/${pid}/fd/${number}`).catch(() => "");
      if (!ttys.has(target) || holders.has(target)) continue;
      const name = await readFile(`${proc}/${pid}/comm`, "utf8").catch(() => "");
      holders.set(target, printable(name.trim(), 15) || `process ${pid}`);
    }
  }
  return holders;
}
