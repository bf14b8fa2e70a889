import { FailureError, printable } from "../../machines/failure.ts";

/** How a short-lived helper program ended. Output is bounded by OUTPUT_LIMIT. */
export interface ProgramResult {
  /** Null when it was ended by a signal, by its time limit or never started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters kept of each output stream; a program that says more is ended. */
export const OUTPUT_LIMIT = 1_000_000;

/** As execa tells the end of a program under `reject: false`; the fields that matter here. */
export interface ProgramEnd {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly shortMessage?: string | undefined;
}

/** Throws FailureError ProgramMissing or SystemRefused when the program could not even be started. */
export function programResult(command: string, end: ProgramEnd): ProgramResult {
  if (end.code === "ENOENT") {
    throw new FailureError("ProgramMissing", `the program ${command} is not installed`, { tried: command });
  }
  if (end.exitCode === undefined && end.code !== undefined && end.code !== "EPIPE") {
    const message = `${command} could not be run: ${printable(end.shortMessage ?? end.code, 200)}`;
    throw new FailureError("SystemRefused", message, { tried: command });
  }
  return { exitCode: end.exitCode ?? null, stdout: text(end.stdout), stderr: text(end.stderr) };
}

/** Plain messages in English, and programs that a service's short PATH would miss. */
export function programEnvironment(): Record<string, string> {
  return { LC_ALL: "C", PATH: `${process.env.PATH ?? "/usr/bin:/bin"}:/usr/sbin:/sbin` };
}

function text(output: unknown): string {
  return typeof output === "string" ? output : "";
}
