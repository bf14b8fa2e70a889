import { writeFileSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { ProcessEvent, ProcessHandle } from "../../../machines/daemon/effects.ts";
import { FailureError, failure, failureFrom } from "../../../machines/failure.ts";
import { endStray, strayProcess } from "../../process/end-stray.ts";
import { runSupervised } from "../../process/supervised-program.ts";

const KEPT_LINES = 4;

export interface ProxyFiles {
  readonly folder: string;
  /** Secret. */
  readonly config: string;
  readonly pid: string;
  readonly lifeline: string;
}

export function proxyFiles(folder: string): ProxyFiles {
  return {
    folder,
    config: `${folder}/ss-redir.json`,
    pid: `${folder}/ss-redir.pid`,
    lifeline: `${folder}/ss-redir.alive`,
  };
}

/** Ends the proxy of an earlier agent, if there is one, and takes its files away. */
export async function endProxy(files: ProxyFiles): Promise<void> {
  await endStray(files.pid, files.config);
  for (const file of [files.config, files.pid, files.lifeline]) await rm(file, { force: true });
}

/** The process of an earlier agent that was started with just this config; null: there is none. */
export async function leftProxy(files: ProxyFiles, config: string): Promise<number | null> {
  if ((await readFile(files.config, "utf8").catch(() => "")) !== config) return null;
  return strayProcess(files.pid, files.config);
}

/**
 * Runs one ss-redir whose connections to the concentrator are Multipath TCP: mptcpize(8) has the C library make such sockets, and then
 * becomes the program. It goes on when the agent is killed. It says nothing when it listens; that it serves is known by what
 * comes back through it.
 */
export function runProxy(
  start: {
    readonly program: string;
    readonly files: ProxyFiles;
    readonly config: string;
    readonly left: number | null;
    prepare(): Promise<void>;
    log(line: string): void;
  },
  emit: (event: ProcessEvent) => void,
): ProcessHandle {
  const { program, files, config, left } = start;
  const lastLines: string[] = [];

  async function prepare(): Promise<void> {
    await start.prepare();
    if (left !== null) return;
    await endProxy(files);
    try {
      await mkdir(files.folder, { recursive: true, mode: 0o700 });
      await chmod(files.folder, 0o700);
      await writeFile(files.config, config, { mode: 0o600 });
    } catch (cause) {
      throw new FailureError("SystemRefused", `${files.folder}: ${failureFrom(cause).message}`, { cause });
    }
  }

  const running = runSupervised(
    {
      program,
      args: ["run", "ss-redir", "-c", files.config],
      purpose: "which takes connections into the bundle",
      prepare,
      lifeline: { file: files.lifeline, left },
      read: (line) => {
        start.log(line);
        if (line !== "") lastLines.push(line);
        if (lastLines.length > KEPT_LINES) lastLines.shift();
      },
      started: (pid) => {
        writeFileSync(files.pid, `${pid}\n`, { mode: 0o600 });
        running.ready();
      },
      ended: (code, signal) => {
        const said = lastLines.length === 0 ? "" : `; it said: ${lastLines.join(" / ")}`;
        const how = code ?? signal;
        return failure("ProcessCrashed", `ss-redir ended${how === null ? "" : ` with ${how}`}${said}`, program);
      },
    },
    emit,
  );
  return running;
}
