import { FailureError, printable } from "../../machines/failure.ts";
import type { ProgramResult } from "../process/program-result.ts";

/** What `ip -batch` could not do: the line it was told and what the kernel said. */
export interface BatchError {
  readonly line: string;
  readonly message: string;
}

/**
 * Errors that leave the kernel as wanted: an object to be made is already there, one to be removed is not.
 * The texts are strerror(3)'s, iproute2's own and the kernel's extended ones.
 */
const HARMLESS: readonly (readonly [command: RegExp, message: RegExp])[] = [
  [/^rule add /, /File exists/],
  [/^\w+ del /, /No such (?:process|file or directory|device)|Cannot find device|FIB table does not exist/],
];

/** An interface that vanished, or is about to: its routes cannot be made, and it will soon not be wanted. */
const INTERFACE_GONE = /Cannot find device|No such device|Network is down/;

/** iproute2's ip.c, batch(): told on stderr after the error itself; `-` is stdin. */
const FAILED_LINE = /^Command failed -:(\d+)$/;

/**
 * Reads the result of `ip -force -batch -` with `lines` on stdin. Returns the routes that could not be made because
 * their interface has vanished. Throws FailureError SystemRefused at any other error that matters.
 */
export function checkBatch(lines: readonly string[], result: ProgramResult): BatchError[] {
  const { errors, rest } = batchErrors(lines, result.stderr);
  const grave = errors.filter(({ line, message }) => !HARMLESS.some(([c, m]) => c.test(line) && m.test(message)));
  const gone = grave.filter(({ line, message }) => line.startsWith("route replace ") && INTERFACE_GONE.test(message));
  const refused = grave.find((error) => !gone.includes(error));
  if (refused !== undefined) throw refusal(`ip ${refused.line}`, refused.message);
  // With -force it ends with an error code whenever a line failed. Any other end was in the middle of the work.
  if (result.exitCode !== 0 && (errors.length === 0 || rest !== "" || result.exitCode === null)) {
    throw refusal("ip -batch", rest === "" ? `it ended with ${result.exitCode ?? "a signal"}` : rest);
  }
  return gone;
}

/** Attributes stderr to lines; `rest` is what no line is named for (ip exits at once when it cannot parse one). */
function batchErrors(lines: readonly string[], stderr: string): { errors: BatchError[]; rest: string } {
  const errors: BatchError[] = [];
  let said: string[] = [];
  for (const text of stderr.split("\n")) {
    const number = FAILED_LINE.exec(text)?.[1];
    if (number === undefined) {
      if (text !== "") said.push(text);
      continue;
    }
    errors.push({ line: lines[Number(number) - 1] ?? `line ${number}`, message: said.join(" ") });
    said = [];
  }
  return { errors, rest: said.join(" ") };
}

function refusal(tried: string, message: string): FailureError {
  return new FailureError("SystemRefused", `the kernel refused \`${tried}\`: ${printable(message, 300)}`, { tried });
}
