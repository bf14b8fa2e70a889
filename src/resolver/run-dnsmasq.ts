import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import {
  type Failure,
  FailureError,
  type FailureKind,
  failure,
  failureFrom,
  printable,
} from "../../machines/failure.ts";
import { programEnvironment } from "../process/program-result.ts";

const KEPT_LINES = 4;

/** dnsmasq(8), EXIT CODES. */
const EXIT: Readonly<Record<number, readonly [FailureKind, string]>> = {
  1: ["ProcessCrashed", "dnsmasq refused its configuration"],
  2: ["AddressTaken", "names: another name server has port 53"],
  3: ["SystemRefused", "dnsmasq could not read or write a file"],
  4: ["ProcessCrashed", "dnsmasq had no memory"],
};

export interface DnsmasqStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Done before each start: writes its files, ends an earlier agent's. */
  prepare(): Promise<void>;
  /** Gets every line that it says. */
  log(line: string): void;
}

export interface Dnsmasq extends ProcessHandle {
  /** Has it read its servers anew, at once or as soon as it is ready. */
  reload(): void;
}

/**
 * Runs one dnsmasq in the foreground, a process group of its own, so that it goes on when the agent is killed: names go on
 * being answered until the next start. Ready when it says that it has started.
 */
export function runDnsmasq(start: DnsmasqStart, emit: (event: ProcessEvent) => void): Dnsmasq {
  const lastLines: string[] = [];
  let child: ChildProcess | null = null;
  let asked = false;
  let ready = false;
  let reloadIsDue = false;

  const signal = (name: NodeJS.Signals): void => void child?.kill(name);

  function read(line: string): void {
    const text = printable(line, 300);
    start.log(text);
    if (text !== "") lastLines.push(text);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    if (ready || !/: started, version /.test(line)) return;
    ready = true;
    if (reloadIsDue) signal("SIGHUP");
    emit({ type: "process.ready", detail: {} });
  }

  /** Its life; resolves with why it ended. */
  function live(): Promise<Failure> {
    const { program, args } = start;
    const process = spawn(program, [...args], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
      cwd: "/",
      env: programEnvironment(),
    });
    child = process;
    if (process.pid !== undefined) emit({ type: "process.started", pid: process.pid });
    createInterface({ input: process.stderr }).on("line", read);
    return new Promise((resolve, reject) => {
      process.once("error", (error) => reject(startFailure(program, error)));
      process.once("close", (code, end) => {
        const [kind, sentence] = EXIT[code ?? -1] ?? ["ProcessCrashed", `dnsmasq ended with ${code ?? end}`];
        resolve(failure(kind, `${sentence}; it said: ${lastLines.join(" / ")}`, program));
      });
    });
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
    terminate() {
      asked = true;
      signal("SIGTERM");
    },
    kill() {
      asked = true;
      signal("SIGKILL");
    },
    reload() {
      // Before it has set up its handlers, the signal would end it.
      if (ready) signal("SIGHUP");
      else reloadIsDue = true;
    },
  };
}

function startFailure(program: string, error: NodeJS.ErrnoException): FailureError {
  return error.code === "ENOENT" || error.code === "EACCES"
    ? new FailureError("ProgramMissing", `${program}, which answers names, is not installed`, { cause: error })
    : new FailureError("SystemRefused", `${program} could not be started: ${error.message}`, { cause: error });
}
