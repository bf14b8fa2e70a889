import type { Box } from "../bus/box.ts";

/** What the agent and its links hold of the machine, all sticks online and nothing going on. */
export interface Holdings {
  /** Programs that run, by name, the carriers' own left out. */
  readonly processes: Readonly<Record<string, number>>;
  /** What the agent has open, by kind: sockets and pipes by their kind only, files by name. */
  readonly handles: Readonly<Record<string, number>>;
  readonly threads: number;
  /** Of the rule set, rules and routes; what differs from time to time (handles, counters, order) left out. */
  readonly network: readonly string[];
  /** Resident, after a collection. */
  readonly rssKb: number;
  /** Voluntary context switches of all the agent's threads in `QUIET_SECONDS`: a timer that was left behind wakes it. */
  readonly wakeups: number;
}

/** As long as the period of the signal's refresh, so that each modem's is in it once. */
const QUIET_SECONDS = 30;
/** What follows a modem's coming online is over by then. */
const SETTLE_SECONDS = 15;
/**
 * Has the agent collect its garbage, by Node's own debugger, which any Node process opens at SIGUSR1. Without that, what is resident
 * depends on when V8 last had a reason to collect.
 */
const COLLECT = `said=$(mktemp)
ask() {
  for look in 1 2 3 4 5 6 7 8; do
    sleep 6
    echo "exec(\\"process.getBuiltinModule('v8').setFlagsFromString('--expose-gc'); process.getBuiltinModule('vm').runInNewContext('gc')(); 'collected'\\")"
    sleep 4
    grep -q "'collected'$" "$said" && break
  done
  echo .exit
}
ask | node inspect -p $1 >"$said"
cat "$said"
rm "$said"`;
const SWITCHES = `cat /proc/$1/task/*/status | awk '/^voluntary/ {n += $2} END {print n}'`;

export async function holdingsOf(box: Box): Promise<Holdings> {
  const { pid } = box.agent;
  const sh = async (script: string): Promise<string> =>
    (await box.guest.exec(["sh", "-c", script, "sh", String(pid)], { mayFail: true })).stdout;
  // At the beginning too, as the debugger's thread and socket stay.
  await collect(sh);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1_000));
  const before = Number(await sh(SWITCHES));
  await new Promise((resolve) => setTimeout(resolve, QUIET_SECONDS * 1_000));
  const wakeups = Number(await sh(SWITCHES)) - before;

  const all = await box.guest.processes();
  const isOurs = (parent: number): boolean =>
    parent === pid || all.some((each) => each.pid === parent && isOurs(each.parent) && each.parent !== 0);
  const ours = all.filter((each) => each.pid === pid || isOurs(each.parent));
  const links = await sh("ls -l /proc/$1/fd | awk '{print $NF}' | sed 's/:\\[.*//; s/tty\\([A-Z]*\\)[0-9]*/tty\\1/'");
  const network = await sh(
    "nft list ruleset | sed 's/ # handle.*//'; ip -4 rule show; ip -4 route show table all proto 119; ls /dev/wanherd/*",
  );
  const threads = Number(await sh("ls /proc/$1/task | wc -l"));
  await collect(sh);
  return {
    processes: counted(ours.map(({ argv }) => argv[0]?.split("/").at(-1) ?? "")),
    handles: counted(links.split("\n").filter((link) => link !== "")),
    threads,
    network: network
      .split("\n")
      .map((line) => line.trim())
      .sort(),
    rssKb: await statusKb(box, "VmRSS"),
    wakeups,
  };
}

async function collect(sh: (script: string) => Promise<string>): Promise<void> {
  const said = await sh(COLLECT);
  if (!said.includes("'collected'")) throw new Error(`the agent's garbage could not be collected: ${said}`);
}

/** The agent's memory by kind, in words. Of what is resident, `anonymous` is its own; the rest are files' pages, which the kernel can drop. */
export async function memoryText(box: Box): Promise<string> {
  const metrics = await box.bus.askAgent("GET", "metrics");
  const kinds = [...metrics.matchAll(/^wanherd_memory_bytes\{kind="(\w+)"\} (\d+)/gm)].map(
    ([, kind, bytes]) => `${kind} ${(Number(bytes) / 2 ** 20).toFixed(1)}`,
  );
  const anonymous = (await statusKb(box, "RssAnon")) / 2 ** 10;
  return [...kinds, `anonymous ${anonymous.toFixed(1)}`].join(", ");
}

async function statusKb({ guest, agent: { pid } }: Box, field: "VmRSS" | "RssAnon"): Promise<number> {
  const { stdout } = await guest.exec(["awk", `/${field}/ {print $2}`, `/proc/${pid}/status`]);
  return Number(stdout);
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
