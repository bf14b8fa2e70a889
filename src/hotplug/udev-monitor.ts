import { execa } from "execa";
import { type PortSignal, ueventReader } from "./uevents.ts";

export interface UdevMonitorHandlers {
  signal(signal: PortSignal): void;
  /** It listens (again); what happened before is not told. */
  listening(): void;
  /** Something a person should know: it cannot be started, or has ended. */
  notice(message: string): void;
}

/** How to start it, for tests. */
export interface UdevMonitorOptions {
  readonly command?: readonly [string, ...string[]];
  /** Wait before the nth start in a row, in ms; the last value stays. */
  readonly backoffMs?: readonly number[];
  /** A run of at least this long, in ms, was a good one: the next wait is the first again. */
  readonly steadyMs?: number;
}

/**
 * `--kernel`: the kernel's own events, not udev's copies of them, which come when udev's rules have run
 * (measured: 20–160 ms later, and as late as its slowest rule takes).
 * `setpriv --pdeathsig` (util-linux, prctl(2) PR_SET_PDEATHSIG): the kernel ends it when the agent dies in whatever
 * way, SIGKILL included. Were it not so, it would live on until its next line meets the closed pipe (SIGPIPE).
 */
const COMMAND = [
  ...["setpriv", "--pdeathsig", "TERM", "--"],
  ...["udevadm", "monitor", "--kernel", "--property", "--subsystem-match=usb"],
] as const;

/** What setpriv ends with when there is no such program (as a shell would). */
const NOT_FOUND = 127;

/**
 * Keeps one `udevadm monitor` running. If it ends, it is started anew after a wait; if it is not installed, that
 * is noted and nothing follows (the `usb` package's events remain). The returned function ends it.
 */
export function runUdevMonitor(handlers: UdevMonitorHandlers, options: UdevMonitorOptions = {}): () => Promise<void> {
  const [program, ...args] = options.command ?? COMMAND;
  const backoffMs = options.backoffMs ?? [100, 1_000, 10_000, 60_000];
  const steadyMs = options.steadyMs ?? 60_000;
  const stop = new AbortController();

  const runOnce = async (): Promise<{ missing: boolean; why: string }> => {
    const child = execa(program, args, {
      stdin: "ignore",
      stderr: "ignore",
      buffer: false,
      reject: false,
      cancelSignal: stop.signal,
      env: { LC_ALL: "C" },
    });
    child.stdout.setEncoding("latin1");
    child.stdout.on("data", ueventReader({ ready: handlers.listening, signal: handlers.signal }));
    const end = await child;
    return { missing: end.code === "ENOENT" || end.exitCode === NOT_FOUND, why: end.shortMessage ?? "it ended" };
  };

  const keepRunning = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      const startedAt = performance.now();
      const { missing, why } = await runOnce();
      if (stop.signal.aborted) return;
      if (missing) {
        handlers.notice("udevadm is not installed: unplugged devices will be noticed later");
        return;
      }
      if (performance.now() - startedAt >= steadyMs) failures = 0;
      const waitMs = backoffMs[Math.min(failures, backoffMs.length - 1)] ?? 0;
      handlers.notice(`udevadm monitor ended (${why}); it is started anew in ${waitMs} ms`);
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
