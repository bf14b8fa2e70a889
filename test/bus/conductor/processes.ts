import { readdir, readFile } from "node:fs/promises";

/** Every process of the guest, by /proc (proc(5)). One that ends while we look is left out. */
export async function listProcesses(): Promise<{ pid: number; parent: number; argv: string[] }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readProcess(pid).catch(() => undefined)));
  return entries.filter((entry) => entry !== undefined);
}

async function readProcess(pid: string): Promise<{ pid: number; parent: number; argv: string[] }> {
  const [cmdline, stat] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
  ]);
  // The name in parentheses may hold anything; what follows its last one is: state, parent, …
  const parent = Number(
    stat
      .slice(stat.lastIndexOf(")") + 1)
      .trim()
      .split(" ")[1],
  );
  return { pid: Number(pid), parent, argv: cmdline.split("\0").slice(0, -1) };
}
