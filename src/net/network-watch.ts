import { readFile } from "node:fs/promises";
import { keepMonitor, type MonitorOptions } from "../process/kept-monitor.ts";
import { LONGEST_LINE, type NetworkChange, parseMonitorLine } from "./monitor-lines.ts";

export interface NetworkWatchOptions {
  /** Told when the monitor cannot be started or had to be started anew. */
  readonly notice?: (message: string) => void;
  /** How `ip monitor` is run; for tests. */
  readonly monitor?: MonitorOptions;
  /** Whether this process listens to the kernel by now; for tests. */
  readonly isListening?: (pid: number) => Promise<boolean>;
  /** The kernel's number for an interface, 0 when there is none of that name; for tests. */
  readonly indexOf?: (interfaceName: string) => Promise<number>;
}

interface Watcher {
  readonly name: string;
  readonly changed: () => void;
  readonly gone: () => void;
  /** As last seen under this name; 0: not there, or not known. */
  index: number;
}

/** How often, and how often at most, it is looked whether a monitor just started has subscribed: it says nothing then. */
const READY_LOOK_MS = 20;
const MOST_READY_LOOKS = 250;

/**
 * Tells who wants to know that something of a network interface has changed: it came, went, went up or down, lost or got an
 * IPv4 address, or a default route of the main table is another (of whatever interface, but not one of ours). Events say
 * *look*, never what is there: so doubles are harmless, and so are events that were lost while nobody listened.
 *
 * One `ip monitor` serves all. It runs while anybody watches, and is started anew when it ends; after each start all are
 * told to look.
 */
export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  readonly #isListening: (pid: number) => Promise<boolean>;
  readonly #indexOf: (interfaceName: string) => Promise<number>;
  readonly #watchers = new Set<Watcher>();
  #end: (() => Promise<void>) | null = null;
  /** The process of now, and whether it is known to listen. */
  #run: { readonly pid: number; listening: boolean } | null = null;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: NetworkWatchOptions = {}) {
    this.#options = options;
    this.#isListening = options.isListening ?? isSubscribed;
    this.#indexOf = options.indexOf ?? readIndex;
  }

  /**
   * Calls `changed` as soon as it is listened for this interface's events, and then at each: whoever looks only then misses
   * nothing. Never calls it before it has returned, nor after the returned function was called.
   */
  watchInterface(name: string, changed: () => void): () => void {
    return this.#add({ name, changed, gone: changed, index: 0 });
  }

  /** Calls `gone` once: when the interface ends or is renamed, or at once when there is none of that name. */
  onInterfaceGone(name: string, gone: () => void): () => void {
    const end = this.#add({
      name,
      changed: () => {},
      gone: () => {
        end();
        gone();
      },
      index: 0,
    });
    return end;
  }

  /** Ends all watches; resolves when the process has ended. */
  async close(): Promise<void> {
    this.#watchers.clear();
    this.#stopIfIdle();
    await this.#ended;
  }

  #add(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#run?.listening === true) void this.#look(watcher);
    this.#end ??= keepMonitor(
      {
        name: "ip monitor",
        command: ["ip", "-4", "-o", "monitor", "link", "address", "route"],
        ifMissing: "ip is not installed: changes of network interfaces are not noticed",
        started: (pid) => {
          void this.#awaitListening(pid);
          // Whatever it complains about, most likely of events lost (ENOBUFS), is reason to look.
          return { stdout: lineReader((line) => this.#take(parseMonitorLine(line))), stderr: () => this.#lookAll() };
        },
        notice: this.#options.notice ?? (() => {}),
      },
      this.#options.monitor,
    );
    return () => {
      this.#watchers.delete(watcher);
      this.#stopIfIdle();
    };
  }

  #stopIfIdle(): void {
    if (this.#watchers.size > 0 || this.#end === null) return;
    this.#ended = Promise.all([this.#ended, this.#end()]);
    this.#end = null;
    this.#run = null;
  }

  async #awaitListening(pid: number): Promise<void> {
    const run = { pid, listening: false };
    this.#run = run;
    for (let look = 0; look < MOST_READY_LOOKS && this.#run === run; look++) {
      if (await this.#isListening(pid)) break;
      await new Promise((resolve) => setTimeout(resolve, READY_LOOK_MS));
    }
    if (this.#run !== run) return;
    run.listening = true;
    this.#lookAll();
  }

  #lookAll(): void {
    for (const watcher of this.#watchers) void this.#look(watcher);
  }

  /** Tells the watcher to look, or that its interface is not, or no longer, there. */
  async #look(watcher: Watcher): Promise<void> {
    const before = watcher.index;
    const index = await this.#indexOf(watcher.name);
    if (!this.#watchers.has(watcher)) return;
    watcher.index = index;
    if (index === 0 || (before !== 0 && before !== index)) watcher.gone();
    else watcher.changed();
  }

  #take(change: NetworkChange | null): void {
    if (change === null) return;
    for (const watcher of this.#watchers) {
      const isRenamed = change.index !== 0 && change.index === watcher.index && change.interface !== watcher.name;
      if (isRenamed || (change.gone && change.interface === watcher.name)) {
        watcher.index = 0;
        watcher.gone();
      } else if (change.interface === null || change.interface === watcher.name) {
        if (change.index !== 0) watcher.index = change.index;
        watcher.changed();
      }
    }
  }
}

/** Calls `take` for each whole line, cut to LONGEST_LINE. */
function lineReader(take: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) take(line.slice(0, LONGEST_LINE));
  };
}

/**
 * A netlink socket with this process's number that is a member of a multicast group (/proc/net/netlink: address, protocol,
 * port id, groups; the kernel gives a process's first socket its pid as port id, net/netlink/af_netlink.c).
 */
async function isSubscribed(pid: number): Promise<boolean> {
  const text = await readFile("/proc/net/netlink", "utf8").catch(() => "");
  return new RegExp(`^[0-9a-f]+ +0 +${pid} +(?!0+ )[0-9a-f]+ `, "m").test(text);
}

async function readIndex(name: string): Promise<number> {
  const text = await readFile(`/sys/class/net/${name}/ifindex`, "utf8").catch(() => "");
  return /^\d{1,10}\n$/.test(text) ? Number(text) : 0;
}
