import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { type Failure, FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { programEnvironment } from "./program-result.ts";

/** A daemon that runs in the foreground, one at a time. */
export interface SupervisedProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** What it is to a person, e.g. `which answers names`. */
  readonly purpose: string;
  /** Done before the start: writes its files, ends an earlier agent's. Rejects with FailureError. */
  prepare(): Promise<void>;
  /** Gets every line that it says on stderr, safe to show. Without it stderr is closed to it, so that it needs us not. */
  read?(line: string): void;
  /** Called once it runs. */
  started?(pid: number): void;
  /** Why it ended unasked. */
  ended(code: number | null, signal: NodeJS.Signals | null): Failure | Promise<Failure>;
}

export interface RunningProgram extends ProcessHandle {
  signal(name: NodeJS.Signals): void;
  /** It does what it is for. Reported once, and not after its end. */
  ready(): void;
}

/**
 * Runs it in a process group of its own, so that it goes on when the agent is killed. `emit` is called as RunProcess has it.
 */
export function runSupervised(start: SupervisedProgram, emit: (event: ProcessEvent) => void): RunningProgram {
  let child: ChildProcess | null = null;
  let asked = false;
  let isReady = false;

  const signal = (name: NodeJS.Signals): void => void child?.kill(name);

  /** Its life; resolves with why it ended. */
  function live(): Promise<Failure> {
    const { program, args, read } = start;
    const process = spawn(program, [...args], {
      stdio: ["ignore", "ignore", read === undefined ? "ignore" : "pipe"],
      detached: true,
      cwd: "/",
      env: programEnvironment(),
    });
    child = process;
    const end = new Promise<Failure>((resolve, reject) => {
      process.once("error", (error) => reject(startFailure(start, error)));
      process.once("close", (code, name) => {
        child = null;
        resolve(start.ended(code, name));
      });
    });
    if (process.stderr !== null && read !== undefined)
      createInterface({ input: process.stderr }).on("line", (line) => read(printable(line, 300)));
    if (process.pid !== undefined) {
      emit({ type: "process.started", pid: process.pid });
      start.started?.(process.pid);
    }
    return end;
  }

  async function run(): Promise<void> {
    let reason: Failure | null;
    try {
      await start.prepare();
      reason = asked ? null : await live();
    } catch (error) {
      reason = failureFrom(error);
    }
    child = null;
    emit({ type: "process.exited", failure: asked ? null : reason });
  }

  // Not before this has returned: the owner must have its handle when the first event comes.
  void Promise.resolve().then(run);
  return {
    signal,
    ready() {
      if (isReady || child === null) return;
      isReady = true;
      emit({ type: "process.ready", detail: {} });
    },
    terminate() {
      asked = true;
      signal("SIGTERM");
    },
    kill() {
      asked = true;
      signal("SIGKILL");
    },
  };
}

function startFailure({ program, purpose }: SupervisedProgram, error: NodeJS.ErrnoException): FailureError {
  return error.code === "ENOENT" || error.code === "EACCES"
    ? new FailureError("ProgramMissing", `${program}, ${purpose}, is not installed`, { cause: error })
    : new FailureError("SystemRefused", `${program} could not be started: ${error.message}`, { cause: error });
}
