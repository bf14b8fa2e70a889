import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { failureFrom } from "../../machines/failure.ts";
import type { DrainEvent } from "../../machines/port/effects.ts";
import { keepMonitor, type MonitorOptions } from "../process/kept-monitor.ts";
import { countConnections, ofSlot } from "./conntrack.ts";
import type { Family } from "./render-routes.ts";

export interface ConnectionWatchOptions {
  /** The link's slot, which names its mark; null: nothing was ever marked as its. */
  readonly slot: number | null;
  /** It has IPv6 too. */
  readonly ipv6?: boolean;
  /** Something a person should know. */
  readonly notice: (text: string) => void;
  /** Program to run, how its monitor is started, and waits, for tests. */
  readonly conntrack?: string;
  readonly monitor?: MonitorOptions;
  readonly times?: ConnectionWatchTimes;
}

export interface ConnectionWatchTimes {
  /** Before the first look: the monitor begins to listen, and the pool stops to give the link new connections. */
  readonly firstLookMs: number;
  /** Between two looks at least, however much happens. */
  readonly paceMs: number;
  /** Between two looks at most: no event tells that UDP fell silent, and events can be lost. */
  readonly lookAgainMs: number;
}

const TIMES: ConnectionWatchTimes = { firstLookMs: 500, paceMs: 500, lookAgainMs: 10_000 };
const UDP_TIMEOUT_FILE = "/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream";
const USUAL_UDP_TIMEOUT = 120;

/**
 * Counts the connections of a link that are worth waiting for, at first and whenever that has changed, until the returned
 * function is called. `conntrack -E` says that one of them has changed its state or ended; how many are left is then
 * looked up, so that events that come double, late or never do no harm. When it cannot be looked up, that is told, and
 * nothing more.
 */
export function watchConnections(options: ConnectionWatchOptions, emit: (event: DrainEvent) => void): () => void {
  const { slot, ipv6 = false, notice, conntrack = "conntrack", times = TIMES } = options;
  const families: readonly Family[] = ipv6 ? [4, 6] : [4];
  if (slot === null) {
    emit({ type: "drain.counted", left: 0 });
    return () => {};
  }
  const stop = new AbortController();
  let heard = new AbortController();
  const endMonitor = keepMonitor(
    {
      name: "conntrack -E",
      // What changes of IPv6 is noticed by the looks that are due anyway.
      command: [conntrack, "-E", "-e", "UPDATES,DESTROY", ...ofSlot(slot, 4)],
      ifMissing: "conntrack -E cannot be run: the end of a drained link's connections will be noticed later",
      started: () => ({ stdout: () => heard.abort() }),
      notice,
    },
    options.monitor,
  );
  const end = (): void => {
    stop.abort();
    void endMonitor();
  };

  const count = async (): Promise<void> => {
    const udpTimeout = await readUdpTimeout();
    let told: number | null = null;
    await pause(times.firstLookMs, stop.signal);
    while (!stop.signal.aborted) {
      heard = new AbortController();
      const counts = families.map((family) => countConnections(conntrack, { slot, family }, udpTimeout, stop.signal));
      const left = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      if (left !== told && !stop.signal.aborted) emit({ type: "drain.counted", left });
      told = left;
      await pause(times.paceMs, stop.signal);
      await pause(times.lookAgainMs - times.paceMs, AbortSignal.any([stop.signal, heard.signal]));
    }
  };
  count().catch((error: unknown) => {
    if (!stop.signal.aborted) emit({ type: "drain.failed", failure: failureFrom(error) });
    end();
  });
  return end;
}

async function readUdpTimeout(): Promise<number> {
  const text = await readFile(UDP_TIMEOUT_FILE, "latin1").catch(() => "");
  return /^\d{1,9}\n?$/.test(text) ? Number(text) : USUAL_UDP_TIMEOUT;
}

/** Ends early when the signal says so. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
