import { FailureError } from "../../machines/failure.ts";
import type { Neighbour } from "../radio/types.ts";
import { giveBack, type InterfacePrograms, readInterface, refused, runProgram } from "./interface-state.ts";
import { frequencyOf, parseScan } from "./parse-scan.ts";

const TIMEOUT_MS = 5_000;

/**
 * Listens on these channels (iw(8), `dev scan`; all that it can when there are none) with a radio that serves nobody, which is
 * up for that. Rejects with FailureError SystemRefused or ProgramMissing; the interface is as it was in any case.
 */
export async function survey(
  name: string,
  channels: readonly number[],
  signal: AbortSignal,
  programs: InterfacePrograms,
): Promise<Neighbour[]> {
  const before = await readInterface(name, programs);
  if (before === null) throw new FailureError("SystemRefused", `${name} is no radio's interface`);
  const frequencies = channels.map(frequencyOf).filter((frequency) => frequency !== null);
  try {
    if (!before.isUp) await command(programs.ip, ["link", "set", "dev", name, "up"], signal);
    const listed = frequencies.length === 0 ? [] : ["freq", ...frequencies.map(String)];
    return parseScan(await command(programs.iw, ["dev", name, "scan", ...listed], signal));
  } finally {
    if (!before.isUp) await giveBack(before, programs);
  }
}

async function command(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, { signal, timeoutMs: TIMEOUT_MS });
  if (exitCode !== 0) throw refused(`${program} ${args.join(" ")}`, stderr);
  return stdout;
}
