import { EventEmitter, once } from "node:events";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { FailureError, failure } from "../../machines/failure.ts";
import { programEnvironment } from "../process/program-result.ts";
import { echoFileOf } from "./echo-file.ts";
import type { LinkRecord } from "./link-records.ts";
import type { Pppd } from "./run-pppd.ts";
import { isRunning } from "./stray-pppd.ts";

/** How long after a sign of its end, and how often, it is looked whether it has ended. */
const LOOK_MS = 50;
const LOOKS = 60;
const MONITOR_AGAIN_MS = 1_000;

/**
 * Follows a pppd that is not our child, as `runPppd` follows one that is: it is ready at once. Of its end only a parent is
 * told; but the kernel takes its interface away with it, however it ends, and that is told to all (ip-monitor(8)).
 * Why it ended is not known here: its log went to the agent that started it, and to syslog.
 */
export function adoptPppd(record: LinkRecord, emit: (event: ProcessEvent) => void): Pppd {
  return new AdoptedPppd(record, emit);
}

class AdoptedPppd implements Pppd {
  readonly waiting = false;
  readonly #record: LinkRecord;
  readonly #emit: (event: ProcessEvent) => void;
  readonly #signs = new EventEmitter();
  #signCount = 0;
  #asked = false;

  constructor(record: LinkRecord, emit: (event: ProcessEvent) => void) {
    this.#record = record;
    this.#emit = emit;
    // Not before adoptPppd has returned: the owner must have its handle when the first event comes.
    void Promise.resolve().then(() => this.#live());
  }

  terminate(): void {
    void this.#signal(this.#record.pid, "SIGTERM");
  }

  kill(): void {
    void this.#signal(-this.#record.pid, "SIGKILL");
  }

  go(): never {
    throw new FailureError("Internal", "the call of an adopted pppd is made already");
  }

  async #signal(target: number, signal: NodeJS.Signals): Promise<void> {
    this.#asked = true;
    if (await isRunning(this.#record)) {
      try {
        process.kill(target, signal);
      } catch {
        // It ended meanwhile.
      }
    }
    this.#sign();
  }

  async #live(): Promise<void> {
    const { port, pid, link } = this.#record;
    const { peer, ...others } = link;
    this.#emit({ type: "process.started", pid });
    this.#emit({ type: "process.ready", detail: { ...others, ...(peer === null ? {} : { peer }) } });
    await this.#end();
    await rm(echoFileOf(link.interface), { force: true }).catch(() => undefined);
    const reason = failure(
      "LinkLost",
      `${port}: pppd, which an earlier agent had started, ended; syslog has its reason`,
    );
    this.#emit({ type: "process.exited", failure: this.#asked ? null : reason });
  }

  #sign(): void {
    this.#signCount += 1;
    this.#signs.emit("sign");
  }

  /** Resolves when the process is gone. */
  async #end(): Promise<void> {
    const over = new AbortController();
    void this.#watchInterface(over.signal);
    try {
      for (;;) {
        const seen = this.#signCount;
        for (let look = 0; look < LOOKS; look++) {
          if (!(await isRunning(this.#record))) return;
          await sleep(LOOK_MS);
        }
        if (seen === this.#signCount) await once(this.#signs, "sign");
      }
    } finally {
      over.abort();
    }
  }

  /** Each change of the interface is a sign; so is it when there is nobody to tell of one. */
  async #watchInterface(over: AbortSignal): Promise<void> {
    const ip = ["ip", "-o", "monitor", "link", "dev", this.#record.link.interface];
    while (!over.aborted) {
      // `setpriv --pdeathsig`: it ends with us, however we end.
      const monitor = execa("setpriv", ["--pdeathsig", "TERM", "--", ...ip], {
        stdin: "ignore",
        stderr: "ignore",
        buffer: false,
        reject: false,
        cancelSignal: over,
        extendEnv: false,
        env: programEnvironment(),
      });
      monitor.stdout.on("data", () => this.#sign());
      await monitor;
      this.#sign();
      await sleep(MONITOR_AGAIN_MS, undefined, { signal: over }).catch(() => undefined);
    }
  }
}
