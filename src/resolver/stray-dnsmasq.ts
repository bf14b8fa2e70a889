import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 20;
const TERM_MS = 1_000;
const KILL_MS = 1_000;

/**
 * The process that `pidFile` names, if it still is a dnsmasq with this configuration file: one that an earlier agent left.
 * Process ids are reused, so its command line has the last word (proc(5)).
 */
export async function strayDnsmasq(pidFile: string, configFile: string): Promise<number | null> {
  const pid = /^\d{1,9}$/.exec((await textOf(pidFile)).trim())?.[0];
  if (pid === undefined) return null;
  const args = (await textOf(`/proc/${pid}/cmdline`)).split("\0");
  return args.includes(`--conf-file=${configFile}`) ? Number(pid) : null;
}

/** Ends it, by force after a second, and waits for that; only a parent is told of a process's end, so /proc is looked at. */
export async function endStrayDnsmasq(pidFile: string, configFile: string): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGTERM", TERM_MS],
    ["SIGKILL", KILL_MS],
  ] as const) {
    const pid = await strayDnsmasq(pidFile, configFile);
    if (pid === null) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < waitMs; waited += LOOK_MS) {
      if ((await strayDnsmasq(pidFile, configFile)) === null) return;
      await sleep(LOOK_MS);
    }
  }
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
