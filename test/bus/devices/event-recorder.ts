import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { monotonicMs } from "./device-log.ts";

/** Something that the kernel, or a change of the rule set, has announced. */
export interface RecordedEvent {
  /** CLOCK_MONOTONIC in ms: udevadm's own stamp for `kernel`, the line's arrival here for `nft`. */
  readonly atMs: number;
  readonly source: "kernel" | "nft";
  /** E.g. `remove /devices/…/1-3 (usb)`, or a line of `nft monitor`. */
  readonly text: string;
}

const MOST_EVENTS = 50_000;

/** udevadm's line, e.g. `KERNEL[123.456789] add      /devices/… (usb)`; null for its greeting. */
export function parseKernelEvent(line: string): RecordedEvent | null {
  const [, seconds, text] = /^KERNEL\[(\d+\.\d+)\] (.*)$/.exec(line) ?? [];
  if (seconds === undefined || text === undefined) return null;
  return { atMs: Number(seconds) * 1000, source: "kernel", text: text.replace(/\s+/g, " ") };
}

/** Records the kernel's USB events and all changes of nftables for as long as it runs. */
export class EventRecorder {
  #events: RecordedEvent[] = [];
  readonly #monitors: ChildProcess[];

  constructor() {
    this.#monitors = [
      this.#follow(["udevadm", "monitor", "--kernel", "--subsystem-match=usb"], parseKernelEvent),
      this.#follow(["nft", "monitor"], (text) => ({ atMs: monotonicMs(), source: "nft", text })),
    ];
  }

  since(atMs: number): RecordedEvent[] {
    return this.#events.filter((event) => event.atMs >= atMs);
  }

  stop(): void {
    for (const monitor of this.#monitors) monitor.kill();
  }

  #follow(
    [program, ...args]: readonly [string, ...string[]],
    parse: (line: string) => RecordedEvent | null,
  ): ChildProcess {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = parse(line);
      if (event !== null) this.#events.push(event);
      if (this.#events.length > 2 * MOST_EVENTS) this.#events = this.#events.slice(-MOST_EVENTS);
    });
    return child;
  }
}
