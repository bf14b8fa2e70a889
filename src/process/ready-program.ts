import { constants, setPriority } from "node:os";
import { execa } from "execa";
import { FailureError } from "../../machines/failure.ts";
import { OUTPUT_LIMIT, type ProgramResult, programEnvironment, programResult } from "./program-result.ts";

/** A program that reads its work from stdin until the end of file, does it, and exits. */
export interface ReadyProgram {
  /** Does `input` in one process. Rejects with FailureError ProgramMissing or SystemRefused if none can be started. */
  run(input: string): Promise<ProgramResult>;
  /** Starts the process for the next run. Without it the next run starts one itself, and pays for that. */
  warm(): void;
  /** Ends the waiting process. Runs under way go on to their end. */
  close(): Promise<void>;
}

type Process = ReturnType<typeof startProcess>;

/**
 * Keeps one process of `command` started and waiting on its stdin, for starting is much of what such a program costs
 * (`ip -batch` in an emulated guest: 120 ms, and 50 ms when it was started in advance). Each process does one run and
 * then exits, so its end and its exit code say exactly what became of that run, and nothing that it remembers can go
 * stale: an `ip -batch` that is kept open resolves an interface that was replugged to its old index (iproute2's
 * lib/ll_map.c).
 *
 * The waiting process ends by itself when ours dies, for it then reads the end of file and has nothing to do.
 * `input` must be safe to run twice: when the process is killed by a signal, the run is repeated once in a new one.
 */
export function createReadyProgram(options: {
  command: string;
  args: readonly string[];
  /** From handing over the input to the exit. The process is killed when it takes longer. */
  timeoutMs: number;
  /** Nobody waits for it: it lets all others go first. */
  unhurried?: boolean;
}): ReadyProgram {
  const { command, args, timeoutMs, unhurried = false } = options;
  let waiting: Process | null = null;
  let closed = false;

  function start(): Process {
    const started = startProcess(command, args);
    if (unhurried) goLast(started);
    return started;
  }

  function take(): Process {
    const taken = waiting !== null && isAlive(waiting) ? waiting : start();
    waiting = null;
    return taken;
  }

  async function runIn(child: Process, input: string): Promise<ProgramResult> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stdin.end(input);
    const end = await child.finally(() => clearTimeout(timer));
    if (late)
      throw new FailureError("SystemRefused", `${command} took longer than ${timeoutMs} ms`, { tried: command });
    return programResult(command, end);
  }

  return {
    async run(input) {
      const result = await runIn(take(), input);
      // Systemd's stop and a terminal's Ctrl-C signal the waiting process too.
      return result.exitCode === null ? runIn(start(), input) : result;
    },
    warm() {
      if (!closed && (waiting === null || !isAlive(waiting))) waiting = start();
    },
    async close() {
      closed = true;
      const last = waiting;
      waiting = null;
      if (last !== null) await runIn(last, "").catch(() => {});
    },
  };
}

/** To yield is allowed to everybody. */
function goLast({ pid }: Process): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended.
  }
}

function startProcess(command: string, args: readonly string[]) {
  const started = execa(command, args, {
    stdin: "pipe",
    reject: false,
    extendEnv: false,
    env: programEnvironment(),
    maxBuffer: OUTPUT_LIMIT,
  });
  // A process that dies while it waits breaks its pipe; its end is what counts, and is seen where it is awaited.
  started.stdin.on("error", () => {});
  return started;
}

function isAlive(child: Process): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
