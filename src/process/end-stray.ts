import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 20;
const TERM_MS = 1_000;
const KILL_MS = 1_000;

/** The process that `pidFile` names, if `argument` is one of its arguments: process ids are reused, so those have the last word (proc(5)). */
export async function strayProcess(pidFile: string, argument: string): Promise<number | null> {
  const pid = /^\d{1,9}$/.exec((await textOf(pidFile)).trim())?.[0];
  if (pid === undefined) return null;
  const args = (await textOf(`/proc/${pid}/cmdline`)).split("\0");
  return args.includes(argument) ? Number(pid) : null;
}

/**
 * Ends such a process, which an earlier agent left, by force after a second, and waits for that; only a parent is told of a
 * process's end, so /proc is looked at. Resolves with whether there was one.
 */
export async function endStray(pidFile: string, argument: string): Promise<boolean> {
  let wasThere = false;
  for (const [signal, waitMs] of [
    ["SIGTERM", TERM_MS],
    ["SIGKILL", KILL_MS],
  ] as const) {
    const pid = await strayProcess(pidFile, argument);
    if (pid === null) return wasThere;
    wasThere = true;
    try {
      process.kill(pid, signal);
    } catch {
      return wasThere;
    }
    for (let waited = 0; waited < waitMs; waited += LOOK_MS) {
      if ((await strayProcess(pidFile, argument)) === null) return wasThere;
      await sleep(LOOK_MS);
    }
  }
  return wasThere;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
