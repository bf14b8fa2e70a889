import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { programEnvironment, programResult } from "../process/program-result.ts";
import { hex, MARK_MASK, markOf } from "./marks.ts";

const TIMEOUT_MS = 10_000;

/**
 * Cuts loose the connections of a link that has gone: deletes the conntrack entries with its mark, and no other
 * entry. Rejects with FailureError ProgramMissing or SystemRefused.
 */
export async function deleteConnections(command: string, slot: number): Promise<void> {
  const args = ["-D", "-f", "ipv4", "-m", `${hex(markOf(slot))}/${hex(MARK_MASK)}`];
  const end = await execa(command, args, {
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    stdin: "ignore",
    // It prints each entry that it deletes; there may be thousands.
    stdout: "ignore",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const { exitCode, stderr } = programResult(command, end);
  // conntrack(8) ends with 1 when nothing matched, and with 1 when the kernel refused.
  if (exitCode === 0 || (exitCode === 1 && /\b0 flow entries have been deleted/.test(stderr))) return;
  const reason = printable(stderr.trim() || `it ended with ${exitCode ?? "a signal"}`, 300);
  throw new FailureError("SystemRefused", `connections of slot ${slot} could not be deleted: ${reason}`, {
    tried: `conntrack ${args.join(" ")}`,
  });
}
