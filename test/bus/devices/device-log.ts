/** One thing that happened to a device. */
export interface LogEntry {
  /** CLOCK_MONOTONIC in ms, the clock of the kernel's and udev's time stamps. */
  readonly atMs: number;
  readonly kind: "usb" | "scsi" | "radio" | "to modem" | "from modem";
  readonly text: string;
}

const MOST_ENTRIES = 5000;
const MOST_TEXT = 300;

/** Milliseconds of CLOCK_MONOTONIC. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** What happened to a device, newest last; the oldest entries fall out when it grows too long. */
export class DeviceLog {
  #entries: LogEntry[] = [];

  add(kind: LogEntry["kind"], text: string): void {
    this.#entries.push({ atMs: monotonicMs(), kind, text: text.slice(0, MOST_TEXT) });
    if (this.#entries.length > 2 * MOST_ENTRIES) this.#entries = this.entries();
  }

  entries(): LogEntry[] {
    return this.#entries.slice(-MOST_ENTRIES);
  }
}
