import { FailureError } from "../../../machines/failure.ts";
import type { SerialLine } from "../../../src/at/serial-line.ts";

/** A tty in memory. What is written goes to `onCommand` without its carriage return; `say` is the modem's voice. */
export class FakeLine implements SerialLine {
  reads = 0;
  closed: { keepOutput: boolean } | null = null;
  readonly written: string[] = [];
  onCommand: (command: string) => void = () => undefined;
  private readonly heard: Uint8Array[] = [];
  private waiting: { into: Uint8Array; resolve: (count: number) => void; reject: (error: unknown) => void } | null =
    null;
  private cancelled = false;
  private gone: FailureError | null = null;

  say(text: string): void {
    this.heard.push(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    this.deliver();
  }

  /** The stick is pulled out. */
  pull(): void {
    this.gone = new FailureError("DeviceGone", "the tty was hung up");
    this.waiting?.reject(this.gone);
    this.waiting = null;
  }

  read(into: Uint8Array): Promise<number> {
    this.reads += 1;
    return new Promise((resolve, reject) => {
      if (this.gone !== null) return reject(this.gone);
      if (this.cancelled) return resolve(0);
      this.waiting = { into, resolve, reject };
      this.deliver();
    });
  }

  cancelRead(): void {
    this.cancelled = true;
    this.waiting?.resolve(0);
    this.waiting = null;
  }

  async write(text: string): Promise<void> {
    if (this.gone !== null) throw this.gone;
    this.written.push(text);
    queueMicrotask(() => this.onCommand(text.replace(/\r$/, "")));
  }

  async close(options: { keepOutput: boolean }): Promise<void> {
    this.cancelRead();
    this.closed ??= options;
  }

  private deliver(): void {
    const next = this.heard[0];
    if (this.waiting === null || next === undefined) return;
    const { into, resolve } = this.waiting;
    this.waiting = null;
    const count = Math.min(into.length, next.length);
    into.set(next.subarray(0, count));
    if (count === next.length) this.heard.shift();
    else this.heard[0] = next.subarray(count);
    resolve(count);
  }
}

/** A line whose modem answers from a table and says ERROR to all else. Answers are information lines; OK follows. */
export function modemLine(answers: Readonly<Record<string, string>>, options: { echo?: boolean } = {}): FakeLine {
  const line = new FakeLine();
  line.onCommand = (command) => {
    if (options.echo) line.say(`${command}\r`);
    const answer = answers[command];
    if (answer === undefined) line.say("\r\nERROR\r\n");
    else line.say(answer.startsWith("=") ? `\r\n${answer.slice(1)}\r\n` : `\r\n${answer}\r\n\r\nOK\r\n`);
  };
  return line;
}
