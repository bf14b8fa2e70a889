import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { OUTPUT_LIMIT, programEnvironment, programResult } from "../process/program-result.ts";

const TIMEOUT_MS = 5_000;

/** What iw(8) prints for these arguments. Rejects with FailureError ProgramMissing, or SystemRefused with what it said. */
export async function runIw(iw: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const end = await execa(iw, args, {
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    stdin: "ignore",
    maxBuffer: OUTPUT_LIMIT,
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
    cancelSignal: signal,
  });
  const { exitCode, stdout, stderr } = programResult(iw, end);
  if (exitCode === 0) return stdout;
  const tried = `iw ${args.join(" ")}`;
  const said = printable(stderr.trim() || `it ended with ${exitCode ?? "a signal"}`, 300);
  throw new FailureError("SystemRefused", `${tried} failed: ${said}`, { tried });
}
