import type { Failure } from "../failure.ts";

/** What a supervised process tells about itself. */
export type ProcessEvent =
  | { readonly type: "process.started"; readonly pid: number }
  /** Something on the way to ready that the owner may have to act on (pppd: `connector.waiting`). */
  | { readonly type: "process.notice"; readonly name: string }
  | { readonly type: "process.ready"; readonly detail: Readonly<Record<string, string | number | readonly string[]>> }
  /** The end; nothing follows. `failure` is null when the end was asked for. */
  | { readonly type: "process.exited"; readonly failure: Failure | null };

/** A running process, as far as its supervisor may touch it. Both calls may be repeated. */
export interface ProcessHandle {
  /** Asks it to end (SIGTERM); its end arrives as `process.exited`. */
  terminate(): void;
  /** Makes it end (SIGKILL, with its children). */
  kill(): void;
}

/**
 * Starts the process and reports its life until `process.exited`. Never throws: a start that fails is a
 * `process.exited` with the reason (`ProgramMissing`, …). `emit` is never called before `run` returns.
 */
export type RunProcess<Start> = (start: Start, emit: (event: ProcessEvent) => void) => ProcessHandle;
