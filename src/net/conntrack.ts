import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { type ProgramEnd, programEnvironment, programResult } from "../process/program-result.ts";
import { hex, MARK_MASK, markOf } from "./marks.ts";
import { isWorthWaitingFor, parseConnection } from "./open-connections.ts";
import type { Family, LooseEnd } from "./render-routes.ts";

const TIMEOUT_MS = 10_000;
/** A connection's line has some 200 characters. */
const MAX_LINE = 1_000;

const OPTIONS = {
  reject: false,
  extendEnv: false,
  env: programEnvironment(),
  stdin: "ignore",
  killSignal: "SIGKILL",
} as const;

/** Options of conntrack(8) that choose the connections of a link by its mark, and no others. */
export function ofSlot(slot: number, family: Family): readonly string[] {
  return ["-f", `ipv${family}`, "-m", `${hex(markOf(slot))}/${hex(MARK_MASK)}`];
}

/**
 * Cuts loose the connections of a link that has gone: deletes the conntrack entries with its mark, and no other
 * entry. Rejects with FailureError ProgramMissing or SystemRefused.
 */
export async function deleteConnections(command: string, { slot, family }: LooseEnd): Promise<void> {
  const args = ["-D", ...ofSlot(slot, family)];
  // It prints each entry that it deletes; there may be thousands.
  const end = await execa(command, args, { ...OPTIONS, stdout: "ignore", timeout: TIMEOUT_MS });
  const { exitCode, stderr } = programResult(command, end);
  // conntrack(8) ends with 1 when nothing matched, and with 1 when the kernel refused.
  if (exitCode === 0 || (exitCode === 1 && /\b0 flow entries have been deleted/.test(stderr))) return;
  throw refusal(`connections of slot ${slot} could not be deleted`, command, args, end);
}

/**
 * How many connections of a link are worth waiting for (see open-connections.ts). `udpTimeout` is the kernel's for a UDP
 * stream, in s. Rejects with FailureError ProgramMissing or SystemRefused, and when `signal` ends it.
 */
export async function countConnections(
  command: string,
  { slot, family }: LooseEnd,
  udpTimeout: number,
  signal: AbortSignal,
): Promise<number> {
  const args = ["-L", ...ofSlot(slot, family)];
  const child = execa(command, args, {
    ...OPTIONS,
    timeout: TIMEOUT_MS,
    cancelSignal: signal,
    buffer: { stdout: false, stderr: true },
  });
  let left = 0;
  let rest = "";
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) {
      const connection = parseConnection(line);
      if (connection !== null && isWorthWaitingFor(connection, udpTimeout)) left += 1;
    }
  });
  const end = await child;
  if (programResult(command, end).exitCode === 0) return left;
  throw refusal(`connections of slot ${slot} could not be counted`, command, args, end);
}

function refusal(what: string, command: string, args: readonly string[], end: ProgramEnd): FailureError {
  const { exitCode, stderr } = programResult(command, end);
  const reason = printable(stderr.trim() || `it ended with ${exitCode ?? "a signal"}`, 300);
  return new FailureError("SystemRefused", `${what}: ${reason}`, { tried: `conntrack ${args.join(" ")}` });
}
