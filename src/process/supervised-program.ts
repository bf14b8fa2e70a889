import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { type Failure, FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { followLifeline, makeLifeline } from "./lifeline.ts";
import { programEnvironment } from "./program-result.ts";

/** A daemon that runs in the foreground, one at a time. */
export interface SupervisedProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** What it is to a person, e.g. `which answers names`. */
  readonly purpose: string;
  /** Done before the start: writes its files, ends an earlier agent's. Rejects with FailureError. */
  prepare(): Promise<void>;
  /**
   * By which another agent can follow it (`lifeline.ts`); without it, none can. `left`: the process of an earlier agent, which holds
   * it, to go on with; null: a new one is started.
   */
  readonly lifeline?: { readonly file: string; readonly left: number | null };
  /** Gets every line that it says on stderr, safe to show. Without it stderr is closed to it, so that it needs us not. */
  read?(line: string): void;
  /** Called once it runs. */
  started?(pid: number): void;
  /** Why it ended unasked; both are null where only its parent was told. */
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
  /** Null: it does not run. */
  let kill: ((signal: NodeJS.Signals) => void) | null = null;
  let asked = false;
  let isReady = false;

  const signal = (name: NodeJS.Signals): void => kill?.(name);

  function begin(pid: number): void {
    emit({ type: "process.started", pid });
    start.started?.(pid);
  }

  /** Its life; resolves with why it ended. */
  async function live(): Promise<Failure> {
    const { program, args, read } = start;
    const lifeline = start.lifeline === undefined ? null : await makeLifeline(start.lifeline.file);
    // Followed by others only: a parent is told how it ended.
    lifeline?.close();
    const child = spawn(program, [...args], {
      stdio: ["ignore", "ignore", read === undefined ? "ignore" : "pipe", lifeline?.held ?? "ignore"],
      detached: true,
      cwd: "/",
      env: programEnvironment(),
    });
    if (lifeline !== null) closeSync(lifeline.held);
    kill = (name) => child.kill(name);
    const end = new Promise<Failure>((resolve, reject) => {
      child.once("error", (error) => reject(startFailure(start, error)));
      child.once("close", (code, name) => {
        kill = null;
        resolve(start.ended(code, name));
      });
    });
    if (child.stderr !== null && read !== undefined)
      createInterface({ input: child.stderr }).on("line", (line) => read(printable(line, 300)));
    if (child.pid !== undefined) begin(child.pid);
    return end;
  }

  /** The same, of an earlier agent's. */
  async function attend(file: string, pid: number): Promise<Failure> {
    const lifeline = followLifeline(file);
    kill = (name) => {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended, and the lifeline tells that.
      }
    };
    begin(pid);
    await lifeline.ended;
    kill = null;
    return start.ended(null, null);
  }

  async function run(): Promise<void> {
    let reason: Failure | null;
    try {
      await start.prepare();
      if (asked) reason = null;
      else if (start.lifeline === undefined || start.lifeline.left === null) reason = await live();
      else reason = await attend(start.lifeline.file, start.lifeline.left);
    } catch (error) {
      reason = failureFrom(error);
    }
    kill = null;
    emit({ type: "process.exited", failure: asked ? null : reason });
  }

  // Not before this has returned: the owner must have its handle when the first event comes.
  void Promise.resolve().then(run);
  return {
    signal,
    ready() {
      if (isReady || kill === null) return;
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
