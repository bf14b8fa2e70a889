import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";

/** Characters of output that are kept of a background program, at least. */
const KEPT = 1024 * 1024;

export interface End {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A program that runs beside the tests: its output is kept, the oldest of it dropped beyond a bound, and can be waited
 * for. Started through node:child_process, not execa: parsing that costs the emulated guest a third of a second.
 */
export class Background {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #changed = new EventEmitter().setMaxListeners(0);
  #output = "";
  #end: End | undefined;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    const keep = (text: string) => {
      this.#output += text;
      // Cut seldom: each cut copies what is kept.
      if (this.#output.length > 2 * KEPT) this.#output = this.#output.slice(-KEPT);
      this.#changed.emit("change");
    };
    child.stdout?.setEncoding("utf8").on("data", keep);
    child.stderr?.setEncoding("utf8").on("data", keep);
    child.once("exit", (exitCode, signal) => {
      this.#end = { exitCode, signal };
      this.#changed.emit("change");
    });
  }

  /** Resolves when it runs, rejects when it cannot be started. */
  static async start(
    [program, ...rest]: readonly [string, ...string[]],
    options: { name: string; env: Record<string, string>; cwd: string | undefined },
  ): Promise<Background> {
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const background = new Background(options.name, child);
    await once(child, "spawn");
    return background;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get output(): string {
    return this.#output;
  }

  /** The match and its groups, as soon as the kept output matches. */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<string[]> {
    const found = () => pattern.exec(this.#output) ?? undefined;
    const match = await this.#until(() => found() ?? this.#end, timeoutMs, `to say ${pattern}`);
    if (Array.isArray(match)) return [...match];
    // Its last words may come after the exit.
    await this.#drained();
    const late = found();
    if (late) return [...late];
    throw new Error(`${this.name} ended (${JSON.stringify(match)}) without saying ${pattern}:${this.#lastLines()}`);
  }

  waitExit(timeoutMs: number): Promise<End> {
    return this.#until(() => this.#end, timeoutMs, "to end");
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#end === undefined) this.#child.kill(signal);
  }

  async stop(signal: NodeJS.Signals): Promise<End> {
    this.signal(signal);
    return this.waitExit(10_000).catch(() => {
      this.signal("SIGKILL");
      return this.waitExit(10_000);
    });
  }

  async #drained(): Promise<void> {
    const open = [this.#child.stdout, this.#child.stderr].filter((stream) => stream && !stream.closed);
    // A grandchild may hold the pipe open for as long as it likes.
    const deadline = AbortSignal.timeout(500);
    await Promise.all(open.map((stream) => stream && once(stream, "close", { signal: deadline }).catch(() => {})));
  }

  async #until<T>(found: () => T | undefined, timeoutMs: number, what: string): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (let value = found(); ; value = found()) {
      if (value !== undefined) return value;
      await once(this.#changed, "change", { signal: deadline }).catch(() => {
        throw new Error(`waited ${timeoutMs} ms for ${this.name} ${what}:${this.#lastLines()}`);
      });
    }
  }

  #lastLines(): string {
    return `\n${this.#output.trimEnd().split("\n").slice(-20).join("\n")}`;
  }
}
