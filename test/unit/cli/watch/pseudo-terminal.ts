import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Vt100 } from "./vt100.ts";

export interface TerminalOptions {
  /** For what is noted of the run. */
  readonly folder: string;
  /** Arguments of node. */
  readonly program: readonly string[];
  /** False: it tells the program no size, as a serial line does not. */
  readonly isSized?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A program on a pseudo-terminal of its own (script(1) of util-linux), with somebody who looks at it and types. */
export class PseudoTerminal {
  readonly screen: Vt100;
  output = "";
  readonly #script: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<void>;
  #fault: Error | null = null;

  constructor({ folder, program, isSized = true, environment = {} }: TerminalOptions) {
    this.#folder = folder;
    this.screen = new Vt100(24, 80);
    const words = program.map((word) => `'${word}'`).join(" ");
    const size = isSized ? "stty rows 24 cols 80;" : "";
    // Ctrl-C ends the program, and not the shell that notes how it ended.
    const line = `trap : INT; rm -f code after; ${size} tty >tty; stty -g >before; sh -c 'echo $$ >pid; exec "$0" "$@"' ${words}; echo $? >code; stty -g >after`;
    this.#script = spawn("script", ["-qefc", line, "/dev/null"], {
      cwd: folder,
      env: { PATH: process.env.PATH, TERM: "vt100", LANG: "C.UTF-8", ...environment },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#script.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      try {
        this.screen.write(text);
      } catch (error) {
        this.#fault ??= error as Error;
      }
    });
    this.#ended = new Promise((resolve) => this.#script.once("close", () => resolve()));
  }

  type(keys: string): void {
    this.#script.stdin?.write(keys);
  }

  /** Another size, as when a window is dragged: the program gets SIGWINCH. */
  resize(rows: number, columns: number): void {
    this.screen.resize(rows, columns);
    spawn("stty", ["-F", this.#noted("tty"), "rows", String(rows), "cols", String(columns)]);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(Number(this.#noted("pid")), signal);
  }

  /** The terminal's modes, as stty(1) saves them. */
  modes(): string {
    return execFileSync("stty", ["-F", this.#noted("tty"), "-g"], { encoding: "utf8" });
  }

  /** The program's state as proc_pid_stat(5) has it, or `gone`. */
  state(): string {
    try {
      return /\) (\S)/.exec(readFileSync(`/proc/${this.#noted("pid")}/stat`, "utf8"))?.[1] ?? "";
    } catch {
      return "gone";
    }
  }

  /** Pulls the terminal away under the program. */
  hangUp(): void {
    this.#script.kill("SIGKILL");
  }

  /** Resolves when one sees this; rejects when that takes too long, or when the program sent what a VT100 does not know. */
  async sees(what: RegExp | string): Promise<void> {
    await this.until(() => (typeof what === "string" ? this.screen.text.includes(what) : what.test(this.screen.text)));
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 20) {
      if (this.#fault !== null) throw this.#fault;
      if (waited > 20_000) throw new Error(`not seen; on the screen is:\n${this.screen.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (this.#fault !== null) throw this.#fault;
  }

  /** The exit code, and whether the terminal's modes are as they were. */
  async end(): Promise<{ code: number; isGivenBack: boolean }> {
    await this.#ended;
    if (this.#fault !== null) throw this.#fault;
    return { code: Number(this.#noted("code")), isGivenBack: this.#noted("before") === this.#noted("after") };
  }

  #noted(name: string): string {
    return readFileSync(join(this.#folder, name), "utf8").trim();
  }
}
