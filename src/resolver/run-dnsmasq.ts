import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { type FailureKind, failure } from "../../machines/failure.ts";
import { runSupervised } from "../process/supervised-program.ts";

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
 * Runs one dnsmasq; names go on being answered until the next start when the agent is killed. Ready when it says that it
 * has started.
 */
export function runDnsmasq(start: DnsmasqStart, emit: (event: ProcessEvent) => void): Dnsmasq {
  const { program } = start;
  const lastLines: string[] = [];
  let ready = false;
  let reloadIsDue = false;

  function read(line: string): void {
    start.log(line);
    if (line !== "") lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    if (ready || !/: started, version /.test(line)) return;
    ready = true;
    if (reloadIsDue) running.signal("SIGHUP");
    running.ready();
  }

  const running = runSupervised(
    {
      ...start,
      purpose: "which answers names and gives addresses",
      prepare: () => start.prepare(),
      read,
      ended: (code, signal) => {
        const [kind, sentence] = EXIT[code ?? -1] ?? ["ProcessCrashed", `dnsmasq ended with ${code ?? signal}`];
        return failure(kind, `${sentence}; it said: ${lastLines.join(" / ")}`, program);
      },
    },
    emit,
  );
  return {
    terminate: running.terminate,
    kill: running.kill,
    reload() {
      // Before it has set up its handlers, the signal would end it.
      if (ready) running.signal("SIGHUP");
      else reloadIsDue = true;
    },
  };
}
