import { existsSync, type FSWatcher, watch, writeFileSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { FailureError, failure, failureFrom } from "../../machines/failure.ts";
import { endStray } from "../process/end-stray.ts";
import { runSupervised } from "../process/supervised-program.ts";
import type { HostapdControl } from "./control.ts";
import { type FollowedLog, followLog } from "./follow-log.ts";
import { GLOBAL_SOCKET, type HostapdFiles } from "./hostapd-files.ts";

const KEPT_LINES = 4;
/** In bytes: some 5,000 stations that join. */
const LOG_LIMIT = 1_000_000;

export interface HostapdStart {
  readonly program: string;
  readonly files: HostapdFiles;
  readonly control: HostapdControl;
  /** The process of an earlier agent to go on with; null: there is none. What it has said so far is told again. */
  readonly left: number | null;
  /** Gets every line that it says. */
  log(line: string): void;
}

export interface RunningHostapd extends ProcessHandle {
  /** Resolves when all that hostapd has said by now is told. */
  caughtUp(): Promise<void>;
}

/**
 * Runs one hostapd without a radio, or goes on with an earlier agent's. It needs nothing of ours to go on when the agent is
 * killed: the stations keep their access point. Ready when its control socket answers. What one that died has left of its radios'
 * interfaces stays so: the next one needs them just so, and the kernel goes on sending beacons meanwhile.
 */
export function runHostapd(start: HostapdStart, emit: (event: ProcessEvent) => void): RunningHostapd {
  const { program, files, control, left } = start;
  const lastLines: string[] = [];
  let log: FollowedLog | null = null;
  let arrival: FSWatcher | null = null;

  function read(line: string): void {
    start.log(line);
    if (line !== "") lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
  }

  async function prepare(): Promise<void> {
    try {
      await mkdir(files.folder, { recursive: true, mode: 0o700 });
      await chmod(files.folder, 0o700);
      const resume = left !== null;
      if (!resume) await clear();
      log = await followLog({ file: files.log, line: read, limit: LOG_LIMIT, reopen: control.reopenLog, resume });
      await log.catchUp();
      arrival = watch(files.folder, (_, name) => name === GLOBAL_SOCKET && void answer());
    } catch (cause) {
      throw new FailureError("SystemRefused", `${files.folder}: ${failureFrom(cause).message}`, { cause });
    }
  }

  async function clear(): Promise<void> {
    await endStray(files.pid, files.socket);
    for (const old of [files.pid, files.socket, files.radios]) await rm(old, { recursive: true, force: true });
  }

  /** Its socket is there, or was a moment ago. */
  async function answer(): Promise<void> {
    if (!existsSync(files.socket)) return;
    arrival?.close();
    if (await control.ping().catch(() => false)) running.ready();
  }

  const running = runSupervised(
    {
      program,
      args: ["-g", files.socket, "-f", files.log],
      purpose: "which makes radios an access point",
      prepare,
      lifeline: { file: files.lifeline, left },
      started: (pid) => {
        writeFileSync(files.pid, `${pid}\n`, { mode: 0o600 });
        if (left !== null) void answer();
      },
      ended: async (code, signal) => {
        arrival?.close();
        await log?.close();
        const said = lastLines.length === 0 ? "" : `; it said: ${lastLines.join(" / ")}`;
        const how = code ?? signal;
        return failure("ProcessCrashed", `hostapd ended${how === null ? "" : ` with ${how}`}${said}`, program);
      },
    },
    (event) => {
      if (event.type === "process.exited") arrival?.close();
      emit(event);
    },
  );
  return { ...running, caughtUp: async () => log?.catchUp() };
}
