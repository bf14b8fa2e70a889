import { readFile } from "node:fs/promises";
import { keepMonitor } from "../process/kept-monitor.ts";
import { PROTOCOL, TABLE } from "./marks.ts";

export interface KernelWatchHandlers {
  /** Something of ours was changed, perhaps by us: the kernel is worth a look. */
  touched(): void;
  /** Something a person should know: a monitor cannot be started, or has ended. */
  notice(message: string): void;
  /** Interfaces that matter now. */
  interfaces(): readonly string[];
  /** We are changing rules, routes or sysctls ourselves, or have just done so; looked at afterwards anyway. */
  isBusy(): boolean;
}

/** Changes that come together are told of once. */
const TOGETHER_MS = 50;
const WITHOUT = "what others change of our rules and routes is noticed at the next change of the pool only";
/** Longer than any line that matters. */
const LONGEST_LINE = 4_096;

/**
 * Tells when the kernel's objects of ours change: by `nft monitor`, and by `ip monitor` for rules, routes, interfaces and
 * sysctls (netconf). Both sleep until the kernel has something to say. The returned function ends them.
 */
export function watchKernel(
  { touched, notice, interfaces, isBusy }: KernelWatchHandlers,
  commands: { readonly nft: string; readonly ip: string },
): () => Promise<void> {
  let due: NodeJS.Timeout | null = null;
  const soon = (): void => {
    due ??= setTimeout(() => {
      due = null;
      touched();
    }, TOGETHER_MS);
  };
  const ended = [
    monitor([commands.nft, "monitor"], () =>
      nftReader((pid) => {
        void isOurs(pid).then((ours) => ours || soon());
      }),
    ),
    monitor([commands.ip, "-N", "monitor", "link", "rule", "route", "netconf"], () => (line) => {
      if (!isBusy() && mattersOfIp(line, interfaces())) soon();
    }),
  ];
  return async () => {
    if (due !== null) clearTimeout(due);
    await Promise.all(ended.map((end) => end()));
    if (due !== null) clearTimeout(due);
  };

  function monitor(command: readonly [string, ...string[]], reader: () => (line: string) => void): () => Promise<void> {
    const name = command
      .filter((word) => !word.startsWith("-"))
      .slice(0, 2)
      .join(" ");
    return keepMonitor({
      name,
      command,
      ifMissing: `${name} cannot be had: ${WITHOUT}`,
      notice,
      started: () => {
        // What happened while none ran is not told.
        soon();
        return { stdout: lines(reader()) };
      },
    });
  }
}

/** Hands on whole lines of what comes in pieces. */
function lines(take: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const parts = (rest + chunk).split("\n");
    rest = (parts.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of parts) take(line.slice(0, LONGEST_LINE));
  };
}

/**
 * Reads `nft monitor`: the changes of a transaction, then `# new generation 4 by process 233 (nft)`. Tells of each that
 * touched our table who made it; null when events were lost.
 */
export function nftReader(changed: (pid: number | null) => void): (line: string) => void {
  let isTouched = false;
  const ours = new RegExp(`^\\w+ \\w+ ${TABLE}(?: |$)`);
  return (line) => {
    const pid = /^# new generation \d+ by process (\d+)/.exec(line)?.[1];
    if (line.startsWith("# ERROR")) changed(null);
    else if (pid === undefined) isTouched ||= ours.test(line);
    else {
      if (isTouched) changed(Number(pid));
      isTouched = false;
    }
  };
}

/** Whether a line of `ip -N monitor` is about a rule or route of ours, one of these interfaces, or its or all sysctls. */
export function mattersOfIp(line: string, interfaces: readonly string[]): boolean {
  if (new RegExp(` proto ${PROTOCOL}(?: |$)`).test(line)) return true;
  const name = /^(?:Deleted )?\d+: ([^\s:@]+)[:@]/.exec(line)?.[1];
  if (name !== undefined) return interfaces.includes(name);
  const [, scope = ""] = /^inet (\S+) (?:forwarding|rp_filter) /.exec(line) ?? [];
  return scope === "all" || interfaces.includes(scope);
}

/** Whether a process is a child of ours; one that has ended might be anybody's. */
async function isOurs(pid: number | null): Promise<boolean> {
  if (pid === null) return false;
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  return /^PPid:\t(\d+)$/m.exec(status)?.[1] === String(process.pid);
}
