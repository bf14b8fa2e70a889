import { isIPv6 } from "node:net";
import { execa } from "execa";
import { FailureError, printable } from "../../machines/failure.ts";
import { programEnvironment, programResult } from "../process/program-result.ts";

const TIMEOUT_MS = 10_000;

/**
 * Ends this computer's own TCP connections from an address that has gone with its link: their programs get an error at
 * once (ECONNABORTED, by SOCK_DESTROY of sock_diag(7)) and can connect anew. The kernel by itself finds no route
 * for such an address and tries on for some 15 minutes. Rejects with FailureError ProgramMissing or SystemRefused.
 * @param butTo connections to this IPv4 address stay: the bundle ends its own, which are parts of others that go on.
 */
export function closeOwnConnections(command: string, address: string, butTo: string | null = null): Promise<void> {
  const source = isIPv6(address) ? `[${address}]` : address;
  const but = butTo === null ? [] : ["and", "not", "dst", butTo];
  return close(command, `connections from ${address}`, ["src", source, ...but]);
}

/** The same of the connections that others have to this port of ours: they get a reset (RFC 9293, 3.10.7). */
export function closeConnectionsOfPort(command: string, port: number): Promise<void> {
  return close(command, `connections to port ${port}`, ["sport", "=", `:${port}`]);
}

async function close(command: string, what: string, filter: readonly string[]): Promise<void> {
  const args = ["--tcp", "--numeric", "--no-header", "--kill", ...filter];
  const end = await execa(command, args, {
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const { exitCode, stderr } = programResult(command, end);
  if (exitCode === 0) return;
  const reason = printable(stderr.trim() || `it ended with ${exitCode ?? "a signal"}`, 300);
  throw new FailureError("SystemRefused", `${what} could not be ended: ${reason}`, {
    tried: `ss ${args.join(" ")}`,
  });
}
