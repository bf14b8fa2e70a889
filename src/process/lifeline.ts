import { closeSync, constants, openSync, readSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { execa } from "execa";
import { programEnvironment, programResult } from "./program-result.ts";

const TIMEOUT_MS = 5_000;
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * A pipe by name (fifo(7)) that a process holds for as long as it lives: whoever reads it is told of its end by the kernel, and
 * not the process's parent alone.
 */
export interface Lifeline {
  /** Resolves when nobody holds it any more. */
  readonly ended: Promise<void>;
  /** Follows it no longer. */
  close(): void;
}

/**
 * Makes one. `held` is the descriptor to pass on; the caller closes its own copy then. Rejects with FailureError ProgramMissing, or
 * with the system's error.
 */
export async function makeLifeline(file: string): Promise<Lifeline & { readonly held: number }> {
  await rm(file, { force: true });
  const options = { stdin: "ignore", reject: false, extendEnv: false, timeout: TIMEOUT_MS } as const;
  programResult("mkfifo", await execa("mkfifo", ["-m", "600", file], { ...options, env: programEnvironment() }));
  // In this order: a pipe without a reader cannot be opened for writing without waiting for one.
  const reader = openSync(file, READ);
  return { held: openSync(file, constants.O_WRONLY | constants.O_NONBLOCK), ...follow(reader) };
}

/** Follows one that another agent made. Throws the system's error. */
export function followLifeline(file: string): Lifeline {
  const reader = openSync(file, READ);
  if (isHeld(reader)) return follow(reader);
  closeSync(reader);
  return { ended: Promise.resolve(), close: () => {} };
}

/** The kernel tells of the last holder's end, but not that there was none when the pipe was opened. */
function isHeld(reader: number): boolean {
  try {
    return readSync(reader, Buffer.alloc(1)) > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }
}

function follow(reader: number): Lifeline {
  const socket = new Socket({ fd: reader, writable: false });
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  // An error is followed by its close.
  socket.on("error", () => {}).resume();
  return { ended, close: () => void socket.destroy() };
}
