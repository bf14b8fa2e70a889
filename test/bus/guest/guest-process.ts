import type { ExecResult, Guest } from "./guest.ts";

/** A program that runs in the guest in the background. Its output is kept there, the last megabyte of it. */
export class GuestProcess {
  readonly #guest: Guest;
  readonly #id: number;
  readonly pid: number;

  constructor(guest: Guest, id: number, pid: number) {
    this.#guest = guest;
    this.#id = id;
    this.pid = pid;
  }

  /** What it has said so far, stdout and stderr as they came. */
  async output(): Promise<string> {
    return (await this.#guest.call("output", { id: this.#id })) as string;
  }

  /**
   * Waits until its output matches, from the first line that is kept; answers with the match and its groups.
   * @throws after `timeoutMs`, or when the program has ended without saying so; with its last lines.
   */
  async waitFor(pattern: RegExp, timeoutMs = 30_000): Promise<string[]> {
    const params = { id: this.#id, source: pattern.source, flags: pattern.flags, timeoutMs };
    return (await this.#guest.call("waitForOutput", params)) as string[];
  }

  /** Waits for its end by itself. */
  async waitExit(timeoutMs = 30_000): Promise<Pick<ExecResult, "exitCode" | "signal">> {
    return (await this.#guest.call("waitExit", { id: this.#id, timeoutMs })) as ExecResult;
  }

  /** Sends a signal without waiting. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#guest.call("signal", { id: this.#id, signal });
  }

  /** Sends a signal and waits for the end; after 10 s it is SIGKILL. No error if it has ended before. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Pick<ExecResult, "exitCode" | "signal">> {
    return (await this.#guest.call("stop", { id: this.#id, signal })) as ExecResult;
  }
}
