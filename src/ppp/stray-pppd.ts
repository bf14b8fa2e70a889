import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import { LINK_MARK } from "./pppd-arguments.ts";

const TERM_MS = 5_000;
const KILL_MS = 2_000;
const LOOK_MS = 50;

export interface StrayPppd {
  readonly pid: number;
  readonly port: PortPath;
}

/** pppd processes that an earlier agent left behind, known by the mark in their `linkname` (proc(5), cmdline). */
export async function findStrayPppd(): Promise<StrayPppd[]> {
  const strays: StrayPppd[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^[0-9]+$/.test(entry)) continue;
    const port = await portOf(Number(entry));
    if (port !== null) strays.push({ pid: Number(entry), port });
  }
  return strays;
}

/**
 * When a process was started, in the kernel's ticks since boot (proc(5), stat, field 22): with its id it names one process
 * for good. Null: it has ended.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, and may hold anything; what follows it begins with field 3.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[22 - 3] ?? null;
}

/** Whether this very pppd of ours still runs. */
export async function isRunning(stray: StrayPppd & { readonly startTime: string }): Promise<boolean> {
  return (await portOf(stray.pid)) === stray.port && (await startTimeOf(stray.pid)) === stray.startTime;
}

/**
 * Ends such a process: SIGTERM, after 5 s SIGKILL to its group. Before each signal it is checked to be still one of
 * ours, as process ids are reused. Resolves when it is gone, or after 7 s.
 */
export async function endStray(pid: number): Promise<void> {
  if (await signalled(pid, pid, "SIGTERM", TERM_MS)) return;
  await signalled(pid, -pid, "SIGKILL", KILL_MS);
}

/** Sends the signal and watches /proc, since only a parent is told of a process's end. True: it is gone. */
async function signalled(pid: number, target: number, signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  if ((await portOf(pid)) === null) return true;
  try {
    process.kill(target, signal);
  } catch {
    return true;
  }
  for (let waited = 0; waited < waitMs; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    if ((await portOf(pid)) === null) return true;
  }
  return false;
}

async function portOf(pid: number): Promise<PortPath | null> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return strayPortFrom(line);
}

/** The port of a `linkname wanherd-PORT` option in a command line with NUL-separated arguments; null: not ours. */
export function strayPortFrom(commandLine: string): PortPath | null {
  const args = commandLine.split("\0");
  if (args[0]?.split("/").at(-1) !== "pppd") return null;
  const name = args[args.indexOf("linkname") + 1] ?? "";
  return args.includes("linkname") && name.startsWith(LINK_MARK) ? parsePortPath(name.slice(LINK_MARK.length)) : null;
}
