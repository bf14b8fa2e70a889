import { AsyncResource } from "node:async_hooks";
import { FailureError, printable } from "../../machines/failure.ts";
import { type FinalContext, parseFinalResult } from "./final-result.ts";
import { LineSplitter } from "./line-splitter.ts";
import { pause } from "./pause.ts";
import { redact } from "./redact.ts";
import { type OpenSerialLine, openSerialLine, type SerialLine, serialFailure } from "./serial-line.ts";
import type { AtFinal, AtResponse, TranscriptLine } from "./types.ts";
import { isUnsolicited, namesAsked } from "./unsolicited.ts";

const MAX_ANSWER_LINES = 200;
const MAX_ANSWER_BYTES = 64 * 1024;
/** More than this in one window is no modem that talks but one that raves. */
const MAX_WINDOW_BYTES = 128 * 1024;
const WINDOW_MS = 10_000;
const RESYNC_TIMEOUT_MS = 1_500;
const RESYNC_QUIET_MS = 100;
const ESCAPE = "\x1b";

export interface CommandOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** A dial command: CONNECT hands the line over, and from then on nothing is read from it. */
  readonly dialling?: boolean;
}

interface Exchange {
  readonly command: string;
  readonly cause: string | null;
  readonly asked: ReadonlySet<string>;
  readonly context: FinalContext;
  readonly lines: string[];
  bytes: number;
  readonly settle: (outcome: AtFinal | Error) => void;
}

interface ChannelOptions {
  readonly transcript?: (line: TranscriptLine) => void;
  /** On whose behalf a command that is sent now is; for the transcript. */
  readonly asker?: () => string | null;
  readonly openLine?: OpenSerialLine;
}

/**
 * The dialogue with one modem port: one command at a time, each with its own timeout; what the modem says by
 * itself goes to listeners. Every line goes to the transcript, secrets removed. After a timeout or an abort
 * the port is resynchronised before the next command, so that a late answer is not taken for the next one.
 * The channel ends (`onEnd`) by itself with DeviceGone when the tty vanishes and PortGarbled when the modem floods it.
 */
export class AtChannel {
  readonly tty: string;
  private readonly line: SerialLine;
  private readonly transcribe: (line: TranscriptLine) => void;
  private readonly asker: () => string | null;
  private readonly splitter = new LineSplitter();
  private readonly queue: (() => Promise<void>)[] = [];
  private readonly unsolicitedListeners = new Set<(line: string) => void>();
  private readonly endListeners = new Set<(failure: FailureError) => void>();
  private current: Exchange | null = null;
  private serving = false;
  private reading = true;
  private unsynchronised = false;
  private ended: FailureError | null = null;
  private closing: Promise<void> | null = null;
  private window = { startedAt: 0, bytes: 0 };

  private constructor(line: SerialLine, tty: string, { transcript, asker }: ChannelOptions) {
    this.line = line;
    this.tty = tty;
    this.transcribe = transcript ?? (() => undefined);
    this.asker = asker ?? (() => null);
  }

  /** Opens the port and starts to listen. Rejects: DeviceGone, PortBusy, SystemRefused. */
  static async open(tty: string, options: ChannelOptions = {}): Promise<AtChannel> {
    const line = await (options.openLine ?? openSerialLine)(tty);
    const channel = new AtChannel(line, tty, options);
    void channel.listen();
    return channel;
  }

  /** Whether commands can still be sent: neither closed, nor handed over, nor gone. */
  get usable(): boolean {
    return this.ended === null && this.reading;
  }

  /** No command runs or waits. */
  get idle(): boolean {
    return !this.serving;
  }

  /**
   * Sends a command (without its carriage return) and waits for its final result, whichever it is.
   * Rejects: PortSilent (no answer in time), PortGarbled (something else came), DeviceGone; the signal's reason.
   */
  command(command: string, options: CommandOptions = {}): Promise<AtResponse> {
    const cause = this.asker();
    return this.enqueue(() => this.exchange(command, cause, options), options.signal);
  }

  /** Keeps every command waiting until the returned function is called; resolves when the line is quiet. */
  hold(): Promise<() => void> {
    return new Promise((resolve, reject) => {
      this.enqueue(() => new Promise<void>((release) => resolve(release))).catch(reject);
    });
  }

  /** Lines the modem sends by itself. Returns how to stop listening. */
  onUnsolicited(listener: (line: string) => void): () => void {
    // What it does about it is done for who listens, and not for who happened to open the port.
    const own = AsyncResource.bind(listener);
    this.unsolicitedListeners.add(own);
    return () => this.unsolicitedListeners.delete(own);
  }

  /** The channel ended by itself; not called after `close` or a hand-over. */
  onEnd(listener: (failure: FailureError) => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  /** Idempotent, prompt, never rejects. After a hand-over the tty's output is left alone, as it is pppd's. */
  close(): Promise<void> {
    const handedOver = this.ended === null && !this.reading;
    this.end(new FailureError("DeviceGone", `${this.tty} was closed`));
    this.closing ??= this.line.close({ keepOutput: handedOver });
    return this.closing;
  }

  private enqueue<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abandon = (): void => reject(signal?.reason);
      if (signal?.aborted) {
        abandon();
        return;
      }
      signal?.addEventListener("abort", abandon, { once: true });
      this.queue.push(async () => {
        signal?.removeEventListener("abort", abandon);
        if (signal?.aborted) return;
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      });
      void this.serve();
    });
  }

  private async serve(): Promise<void> {
    if (this.serving) return;
    this.serving = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) await next();
    this.serving = false;
  }

  private async exchange(command: string, cause: string | null, options: CommandOptions): Promise<AtResponse> {
    if (this.unsynchronised) await this.resynchronise(cause, options.signal);
    const startedAt = performance.now();
    const { lines, final } = await this.ask(command, cause, options);
    return { command: redact(command), lines, final, tookMs: Math.round(performance.now() - startedAt) };
  }

  /** A bare AT answered, then silence: whatever was under way before has now been said. */
  private async resynchronise(cause: string | null, signal: AbortSignal | undefined): Promise<void> {
    await this.ask("AT", cause, { timeoutMs: RESYNC_TIMEOUT_MS, ...(signal ? { signal } : {}) });
    await pause(RESYNC_QUIET_MS, signal);
    this.splitter.reset();
    this.unsynchronised = false;
  }

  private async ask(
    command: string,
    cause: string | null,
    options: CommandOptions,
  ): Promise<{ lines: readonly string[]; final: AtFinal }> {
    if (this.ended !== null) throw this.ended;
    if (!this.reading) throw new FailureError("PortBusy", `${this.tty} carries a call`, { tried: redact(command) });
    if (/[\r\n\0]/.test(command)) throw new FailureError("Internal", "an AT command holds a line end");
    const { timeoutMs = 3_000, signal, dialling = false } = options;
    if (signal?.aborted) throw signal.reason;

    const lines: string[] = [];
    let timer: NodeJS.Timeout | undefined;
    let abort: (() => void) | undefined;
    const outcome = new Promise<AtFinal | Error>((settle) => {
      const context = { dialling, numeric: !command.includes("?") };
      this.current = { command, cause, asked: namesAsked(command), context, lines, bytes: 0, settle };
      timer = setTimeout(() => settle(this.timeout(command, timeoutMs)), timeoutMs);
      abort = () => settle(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
    });
    try {
      this.note("to modem", command, cause);
      this.line.write(`${command}\r`).catch((error) => this.fail(serialFailure(this.tty, error)));
      const final = await outcome;
      if (final instanceof Error) {
        this.unsynchronised = true;
        // Any character calls off a dial command that is under way (V.250, 5.6.1).
        if (dialling && this.usable) await this.line.write("\r").catch(() => undefined);
        throw final;
      }
      return { lines, final };
    } finally {
      this.current = null;
      clearTimeout(timer);
      if (abort) signal?.removeEventListener("abort", abort);
    }
  }

  private timeout(command: string, timeoutMs: number): FailureError {
    const tried = redact(command);
    const said = this.current?.lines.at(-1);
    return said === undefined
      ? new FailureError("PortSilent", `${this.tty} did not answer ${tried} within ${timeoutMs / 1000} s`, { tried })
      : new FailureError("PortGarbled", `${this.tty} answered ${tried} with “${printable(said, 60)}” and no end`, {
          tried,
        });
  }

  private async listen(): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      while (this.reading) {
        const count = await this.line.read(buffer);
        if (count > 0 && this.reading) this.receive(buffer.subarray(0, count));
      }
    } catch (error) {
      this.fail(serialFailure(this.tty, error));
    }
  }

  private receive(bytes: Uint8Array): void {
    const now = performance.now();
    if (now - this.window.startedAt > WINDOW_MS) this.window = { startedAt: now, bytes: 0 };
    this.window.bytes += bytes.length;
    if (this.current) this.current.bytes += bytes.length;
    if (this.window.bytes > MAX_WINDOW_BYTES || (this.current?.bytes ?? 0) > MAX_ANSWER_BYTES) {
      this.flooded();
      return;
    }
    for (const line of this.splitter.push(bytes)) {
      this.take(line);
      // What came in one piece with CONNECT is lost, as pppd flushes the tty's input before it starts (set_up_tty).
      if (!this.reading) return;
    }
  }

  private take(line: string): void {
    const { current } = this;
    const final = current === null ? null : parseFinalResult(line, current.context);
    const isNews = final === null && isUnsolicited(line, current?.asked ?? null);
    this.note("from modem", line, isNews ? null : (current?.cause ?? null));
    if (current !== null) {
      if (line.trim() === current.command.trim()) return;
      if (line === ">") {
        // Nothing of ours sends text: an escape makes the modem give up its prompt (27.005, 3.5.1).
        void this.line.write(ESCAPE).catch(() => undefined);
        return;
      }
      if (final !== null) {
        if (final.kind === "CONNECT" && current.context.dialling) this.reading = false;
        current.settle(final);
        return;
      }
    }
    if (isNews) {
      for (const listener of [...this.unsolicitedListeners]) listener(printable(line, 1024));
      return;
    }
    if (current === null) return;
    if (current.lines.length < MAX_ANSWER_LINES) current.lines.push(printable(line, 1024));
    else this.flooded();
  }

  private flooded(): void {
    const tried = this.current ? { tried: redact(this.current.command) } : {};
    this.fail(new FailureError("PortGarbled", `${this.tty} sends without end`, tried));
  }

  private fail(failure: FailureError): void {
    if (this.ended !== null) return;
    const handedOver = !this.reading;
    this.end(failure);
    this.closing ??= this.line.close({ keepOutput: handedOver });
    if (!handedOver) for (const listener of [...this.endListeners]) listener(failure);
  }

  private end(failure: FailureError): void {
    this.ended ??= failure;
    this.reading = false;
    this.line.cancelRead();
    this.current?.settle(failure);
  }

  private note(direction: TranscriptLine["direction"], text: string, cause: string | null): void {
    this.transcribe({ tty: this.tty, direction, text: printable(redact(text), 1024), cause });
  }
}
