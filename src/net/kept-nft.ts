import { execa } from "execa";
import { programEnvironment } from "../process/program-result.ts";

/** An nft that stays open, for speed only: whoever uses it must have a second way. */
export interface KeptNft {
  /**
   * Does the text as one transaction. True: it is in the kernel. False: nft complained, died or was late, so whether
   * it is in the kernel is not known. Never rejects. One call at a time.
   */
  run(text: string): Promise<boolean>;
  /** Starts the process if there is none. */
  warm(): void;
  /** Ends the process. */
  close(): Promise<void>;
}

/** A line is read byte by byte (libedit without a terminal), so long texts are quicker, and safer, by file. */
const MAX_LINE = 16_000;
const MAX_COMPLAINT = 64_000;
/** Each line stays in the process's history for ever; a new process forgets it. */
const MAX_RUNS = 200;

type Process = ReturnType<typeof startProcess>;

/**
 * Keeps one `nft -i` open. In an emulated guest a transaction takes 24 ms that way, and 144 ms in a process that was
 * started in advance, for it still has to load its parser and to exit.
 *
 * nft -i reads lines, does each as one transaction, and says nothing when one succeeds. The end is therefore marked by
 * a second line that is no nft command: the complaint about it quotes it. Complaints come in order on one
 * stream, so the transaction has succeeded exactly if that complaint is the first. (Seen with nft 1.0.6 and 1.1.3.)
 */
export function createKeptNft(options: { command: string; timeoutMs: number }): KeptNft {
  const { command, timeoutMs } = options;
  let kept: Process | null = null;
  let closed = false;
  let runs = 0;

  function open(): Process {
    if (kept === null || !isAlive(kept)) {
      kept = startProcess(command);
      runs = 0;
    }
    return kept;
  }

  async function end(): Promise<void> {
    const last = kept;
    kept = null;
    if (last === null) return;
    last.stdin.end();
    const timer = setTimeout(() => last.kill("SIGKILL"), timeoutMs);
    await last.finally(() => clearTimeout(timer));
  }

  return {
    async run(text) {
      const line = oneLine(text);
      if (closed || line.length > MAX_LINE) return false;
      const child = open();
      runs += 1;
      const good = await exchange(child, line, `end_of_run_${runs}`, timeoutMs);
      if (!good) child.kill("SIGKILL");
      if (!good || runs >= MAX_RUNS) await end();
      return good;
    },
    warm() {
      if (!closed) open();
    },
    close() {
      closed = true;
      return end();
    },
  };
}

/** Writes the line and the mark; whether the mark is the first thing that nft complains about, in time. */
function exchange(child: Process, line: string, mark: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let said = "";
    const timer = setTimeout(() => settle(false), timeoutMs);
    const fail = (): void => settle(false);
    const listen = (chunk: Buffer): void => {
      said += chunk.toString("latin1");
      // A complaint is three lines: the error, the quoted line, a caret. Read to its end, none is left for the next run.
      const lines = said.split("\n");
      if (lines.length > 3) settle(lines[1] === mark);
      else if (said.length > MAX_COMPLAINT) settle(false);
    };
    const settle = (good: boolean): void => {
      clearTimeout(timer);
      child.stderr.off("data", listen);
      child.off("exit", fail);
      child.off("error", fail);
      resolve(good);
    };
    child.stderr.on("data", listen);
    child.once("exit", fail);
    child.once("error", fail);
    child.stdin.write(`${line}\n${mark}\n`);
  });
}

/** The same nft text without line ends. */
export function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.flatMap((line) => (line === "" ? [] : /[{;]$/.test(line) ? [line] : [`${line};`])).join(" ");
}

function startProcess(command: string) {
  const started = execa(command, ["-i"], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "pipe",
    buffer: false,
    reject: false,
    extendEnv: false,
    // Without a usable home it keeps no history file.
    env: { ...programEnvironment(), HOME: "/nonexistent" },
  });
  started.stdin.on("error", () => {});
  return started;
}

function isAlive(child: Process): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
