import { execa } from "execa";
import { failureFrom } from "../../machines/failure.ts";
import { programEnvironment } from "../process/program-result.ts";

/** What systemd is told of this service; nothing at all when it was not started by systemd as `Type=notify`. */
export interface ServiceManager {
  /** The service does its work; from now on the watchdog is fed, too. */
  ready(): void;
  /** It ends on purpose. No more is said after it. */
  stopping(): Promise<void>;
}

export interface ServiceManagerOptions {
  /** NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID as systemd sets them (sd_notify(3), sd_watchdog_enabled(3)). */
  readonly environment: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Told once when systemd could not be told. */
  readonly onNotice: (text: string) => void;
  /** In place of systemd-notify, for tests. */
  readonly command?: string;
}

/** Longer than a busy computer needs to start a program, shorter than any sensible watchdog. */
const TIMEOUT_MS = 10_000;

/**
 * Talks to systemd by the program systemd-notify, as Node has no datagram sockets of the unix kind; the unit therefore needs
 * `NotifyAccess=all`. The watchdog is fed from this process's own event loop at half of its time (the interval that
 * sd_watchdog_enabled(3) recommends), so an agent that hangs, or is stopped, is missed.
 */
export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { environment, pid, onNotice, command = "systemd-notify" } = options;
  const socket = environment.NOTIFY_SOCKET;
  if (socket === undefined || socket === "") return { ready() {}, async stopping() {} };
  let feeding: NodeJS.Timeout | null = null;
  let hasComplained = false;

  async function tell(...words: string[]): Promise<void> {
    try {
      await execa(command, words, {
        extendEnv: false,
        env: { ...programEnvironment(), NOTIFY_SOCKET: socket },
        stdin: "ignore",
        timeout: TIMEOUT_MS,
        killSignal: "SIGKILL",
      });
    } catch (error) {
      if (!hasComplained) onNotice(`systemd could not be told ${words.join(" ")}: ${failureFrom(error).message}`);
      hasComplained = true;
    }
  }

  return {
    ready() {
      void tell("--ready");
      const everyMs = watchdogMs(environment, pid);
      if (everyMs !== null && feeding === null) feeding = setInterval(() => void tell("WATCHDOG=1"), everyMs / 2);
    },
    async stopping() {
      if (feeding !== null) clearInterval(feeding);
      feeding = null;
      await tell("STOPPING=1");
    },
  };
}

/** The time within which the watchdog wants to be fed, or null when there is none for this process. */
function watchdogMs(environment: NodeJS.ProcessEnv, pid: number): number | null {
  const { WATCHDOG_USEC: usec = "", WATCHDOG_PID: owner } = environment;
  if (owner !== undefined && owner !== String(pid)) return null;
  return /^[1-9]\d{0,14}$/.test(usec) ? Number(usec) / 1_000 : null;
}
