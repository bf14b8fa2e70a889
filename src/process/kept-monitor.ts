import { execa } from "execa";
import { programEnvironment } from "./program-result.ts";

/** A program that prints events for as long as it runs. */
export interface Monitor {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What a person should know when it is not installed. */
  readonly ifMissing: string;
  /** Called at each start; what it returns takes that run's output (latin1), in pieces as they come. */
  started(pid: number): { readonly stdout: (chunk: string) => void; readonly stderr?: (chunk: string) => void };
  /** Something a person should know: it cannot be started, or has ended. */
  notice(message: string): void;
}

/** How it is started, for tests. */
export interface MonitorOptions {
  readonly command?: readonly [string, ...string[]];
  /** Wait before the nth start in a row, in ms; the last value stays. */
  readonly backoffMs?: readonly number[];
  /** A run of at least this long, in ms, was a good one: the next wait is the first again. */
  readonly steadyMs?: number;
}

/**
 * util-linux, prctl(2) PR_SET_PDEATHSIG: the kernel ends the program when the agent dies in whatever way, SIGKILL included.
 * Were it not so, it would live on until its next line meets the closed pipe (SIGPIPE). setpriv executes the program, so
 * the pid is the program's own.
 */
const WITH_US = ["--pdeathsig", "TERM", "--"] as const;

/** What setpriv ends with when there is no such program (as a shell would). */
const NOT_FOUND = 127;

/**
 * Keeps one such program running. If it ends, it is started anew after a wait; if it is not installed, that is noted and
 * nothing follows. The returned function ends it.
 */
export function keepMonitor(monitor: Monitor, options: MonitorOptions = {}): () => Promise<void> {
  const [program, ...args] = options.command ?? (["setpriv", ...WITH_US, ...monitor.command] as const);
  const backoffMs = options.backoffMs ?? [100, 1_000, 10_000, 60_000];
  const steadyMs = options.steadyMs ?? 60_000;
  const stop = new AbortController();

  const runOnce = async (): Promise<{ missing: boolean; why: string }> => {
    const child = execa(program, args, {
      stdin: "ignore",
      buffer: false,
      reject: false,
      cancelSignal: stop.signal,
      extendEnv: false,
      env: programEnvironment(),
    });
    if (child.pid !== undefined) {
      const output = monitor.started(child.pid);
      child.stdout.setEncoding("latin1").on("data", output.stdout);
      child.stderr.setEncoding("latin1").on("data", output.stderr ?? (() => {}));
    }
    const end = await child;
    return { missing: end.code === "ENOENT" || end.exitCode === NOT_FOUND, why: end.shortMessage ?? "it ended" };
  };

  const keepRunning = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      const startedAt = performance.now();
      const { missing, why } = await runOnce();
      if (stop.signal.aborted) return;
      if (missing) {
        monitor.notice(monitor.ifMissing);
        return;
      }
      if (performance.now() - startedAt >= steadyMs) failures = 0;
      const waitMs = backoffMs[Math.min(failures, backoffMs.length - 1)] ?? 0;
      monitor.notice(`${monitor.name} ended (${why}); it is started anew in ${waitMs} ms`);
      await sleep(waitMs, stop.signal);
    }
  };

  const running = keepRunning();
  return async () => {
    stop.abort();
    await running;
  };
}

/** Resolves after the wait, or at once when aborted. */
function sleep(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    signal.addEventListener("abort", done);
  });
}
