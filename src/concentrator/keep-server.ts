import { mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { failure } from "../../machines/failure.ts";
import { endStray } from "../process/end-stray.ts";
import { runSupervised } from "../process/supervised-program.ts";

/** Before the nth start in a row, in ms; the last value stays. */
const BACKOFF_MS = [200, 1_000, 5_000, 30_000] as const;
/** A run of so long was a good one. */
const STEADY_MS = 60_000;
const STOP_MS = 2_000;

export interface KeptServer {
  readonly program: string;
  readonly args: readonly string[];
  readonly purpose: string;
  readonly pidFile: string;
  /** One of its arguments, by which one that was left is known. */
  readonly argument: string;
  readonly tell: (text: string) => void;
  /** Called at each start. */
  readonly ready: () => void;
  readonly signal: AbortSignal;
}

/** Keeps one such program running, with a wait before each new start, until `signal` aborts; resolves when it has ended. */
export async function keepServer(server: KeptServer): Promise<void> {
  const { signal, tell } = server;
  for (let failures = 0; !signal.aborted; failures++) {
    await endStray(server.pidFile, server.argument);
    const startedAt = performance.now();
    const why = await runOnce(server);
    if (signal.aborted) break;
    if (performance.now() - startedAt >= STEADY_MS) failures = 0;
    const waitMs = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0;
    tell(`${why}; it is started anew in ${waitMs} ms`);
    await wait(waitMs, signal);
  }
  await rm(server.pidFile, { force: true });
}

/** Resolves with why it ended. */
function runOnce({ program, args, purpose, pidFile, tell, ready, signal }: KeptServer): Promise<string> {
  return new Promise((resolve) => {
    let handle: ProcessHandle | null = null;
    let late: NodeJS.Timeout | undefined;
    const stop = (): void => {
      handle?.terminate();
      late = setTimeout(() => handle?.kill(), STOP_MS);
    };
    const hear = (event: ProcessEvent): void => {
      if (event.type !== "process.exited") return;
      clearTimeout(late);
      signal.removeEventListener("abort", stop);
      resolve(event.failure?.message ?? "it was ended");
    };
    handle = runSupervised(
      {
        ...{ program, args, purpose },
        prepare: async () => {},
        read: tell,
        started: (pid) => {
          mkdirSync(dirname(pidFile), { recursive: true });
          writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 });
          ready();
        },
        ended: (code, name) => failure("ProcessCrashed", `${args[1] ?? program} ended with ${code ?? name}`, program),
      },
      hear,
    );
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
