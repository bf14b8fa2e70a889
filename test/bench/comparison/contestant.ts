import type { Guest } from "../../bus/guest/guest.ts";
import type { GuestProcess } from "../../bus/guest/guest-process.ts";

export const CONTESTANTS = ["wanherd", "thesis", "managers"] as const;
export type ContestantKey = (typeof CONTESTANTS)[number];

/** One of those that are compared: something that makes uplinks of modems on the same box. One at a time runs. */
export interface Contestant {
  readonly key: ContestantKey;
  /** Lays down what an installed box has before its services start: config for modems in the ports 1 to `modems`, rules. */
  prepare(modems: number): Promise<void>;
  /** Starts its services; resolves when they are started, ready or not. */
  start(): Promise<void>;
  /** Resolves when it waits for plugs. @throws when it does not within a minute and a half. */
  untilReady(): Promise<void>;
  /** Ends all that it has started and takes back what it changed of the box. */
  stop(): Promise<void>;
}

/** What a contestant costs: of all its processes, those that have ended included, as its control group counts. */
export interface Cost {
  /** CPU time since it was started. */
  readonly cpuMs: number;
  /** Proportional set size: memory that several processes share counts once. By program. */
  readonly pssKb: Readonly<Record<string, number>>;
  readonly atMs: number;
}

/** Of each process of the group: its program's name and what it holds (proc_pid_smaps(5), smaps_rollup). */
const SAMPLE = `for pid in $(cat "$1/cgroup.procs"); do
  name=$(cat /proc/$pid/comm 2>/dev/null) && awk -v name="$name" '/^Pss:/ {print name "\\t" $2}' /proc/$pid/smaps_rollup 2>/dev/null
done; true`;

/** Runs what follows in the group that is named first. */
const ENTER = 'group=$1; shift; echo $$ >"$group/cgroup.procs"; exec "$@"';

/** A contestant's control group (cgroups(7), version 2): whatever its processes start is in it too. */
export class ControlGroup {
  readonly #guest: Guest;
  readonly #path: string;

  constructor(guest: Guest, name: string) {
    this.#guest = guest;
    this.#path = `/sys/fs/cgroup/comparison-${name}`;
  }

  async create(): Promise<void> {
    await this.#guest.exec(["mkdir", "-p", this.#path]);
  }

  /** Starts a program in it. */
  start(argv: readonly string[], name: string): Promise<GuestProcess> {
    return this.#guest.start(["sh", "-c", ENTER, name, this.#path, ...argv], { name });
  }

  /** Takes in a process that has not started others yet. */
  async adopt(pid: number): Promise<void> {
    await this.#guest.writeFile(`${this.#path}/cgroup.procs`, String(pid));
  }

  async cost(): Promise<Cost> {
    const stat = (await this.#guest.readFile(`${this.#path}/cpu.stat`)).toString();
    const atMs = Number(await this.#guest.now()) / 1e6;
    const { stdout } = await this.#guest.exec(["sh", "-c", SAMPLE, "sample", this.#path]);
    return { cpuMs: parseUsage(stat), pssKb: parsePss(stdout), atMs };
  }

  /** Kills all that is in it, and removes it. */
  async end(): Promise<void> {
    const script = `echo 1 >"$1/cgroup.kill"; for try in 1 2 3 4 5 6 7 8 9; do rmdir "$1" && exit 0; sleep 0.5; done; exit 1`;
    await this.#guest.exec(["sh", "-c", script, "end", this.#path]);
  }
}

/** CPU time in ms by a group's cpu.stat. @throws when it does not say. */
export function parseUsage(stat: string): number {
  const [, microseconds] = /^usage_usec (\d+)$/m.exec(stat) ?? [];
  if (microseconds === undefined) throw new Error(`cpu.stat without usage_usec: ${stat.slice(0, 200)}`);
  return Number(microseconds) / 1_000;
}

/** Sums by program of lines of a name, a tab and kB. */
export function parsePss(lines: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [, name = "", kb] of lines.matchAll(/^([^\t\n]+)\t(\d+)$/gm)) sums[name] = (sums[name] ?? 0) + Number(kb);
  return sums;
}

/** All its memory, in MB of 1024² bytes. */
export function megabytes({ pssKb }: Cost): number {
  return Object.values(pssKb).reduce((sum, kb) => sum + kb, 0) / 1_024;
}
