import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type { ProcessEvent, ProcessHandle } from "../../machines/daemon/effects.ts";
import { type Failure, FailureError, failure, failureFrom, printable } from "../../machines/failure.ts";
import { LineSplitter } from "../at/line-splitter.ts";
import { serialFailure } from "../at/serial-line.ts";
import { EchoNoter, echoFileOf } from "./echo-file.ts";
import { exitFailure } from "./exit-failure.ts";
import { parsePppdLine } from "./log-line.ts";
import { GO_FD, PASSWORD_FD, type PppdPlan, pppdArguments, READY_FD } from "./pppd-arguments.ts";
import { knowsEchoFile } from "./pppd-version.ts";

/** How long to wait, after the addresses, for DNS lines that may follow them in pppd's log. */
const DNS_GRACE_MS = 50;
/** How long after pppd's end its last lines may take to arrive. */
const LAST_LINES_MS = 250;
const KEPT_LINES = 20;

export interface PppdStart extends PppdPlan {
  readonly program: string;
  readonly password: string;
  /** Done before the start; pppd finds the tty as this leaves it: open, and raw. */
  prepare(): Promise<void>;
  /** For tests: where the answers to LCP's echo are noted for a pppd that does not. */
  readonly echoFolder?: string;
}

export interface Pppd extends ProcessHandle {
  /** Whether the connector waits for the call. */
  readonly waiting: boolean;
  /** The call is made: pppd takes the line. */
  go(): void;
}

/**
 * Runs one pppd, a process group of its own. Notices: `connector.waiting` (dial now), `line.taken` (pppd speaks
 * PPP on the tty). Ready when IPCP is up, with the fields of PppLink. `log` gets every line but packets: who reads one that
 * proves a name by CHAP can guess at the password for as long as it takes.
 */
export function runPppd(start: PppdStart, emit: (event: ProcessEvent) => void, log: (line: string) => void): Pppd {
  return new RunningPppd(start, emit, log);
}

class RunningPppd implements Pppd {
  waiting = false;
  private readonly start: PppdStart;
  private readonly emit: (event: ProcessEvent) => void;
  private readonly log: (line: string) => void;
  private child: ChildProcess | null = null;
  private running = false;
  private asked = false;
  private readonly lastLines: string[] = [];
  private link = { interface: "", address: "", peer: "", dns: [] as string[] };
  private wasUp = false;
  private authenticationFailed = false;
  private negotiationTimedOut = false;
  private graceTimer: NodeJS.Timeout | undefined;
  private readonly echo: EchoNoter | null;

  constructor(start: PppdStart, emit: (event: ProcessEvent) => void, log: (line: string) => void) {
    this.start = start;
    this.emit = emit;
    this.log = log;
    this.link.interface = start.interface;
    this.echo = knowsEchoFile(start.version) ? null : new EchoNoter(start.interface, start.echoFolder);
    // Not before run has returned: the owner must have its handle when the first event comes.
    void Promise.resolve().then(() => this.live());
  }

  terminate(): void {
    this.asked = true;
    if (this.running && this.child !== null) this.child.kill("SIGTERM");
  }

  kill(): void {
    this.asked = true;
    if (!this.running || this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  }

  go(): void {
    if (!this.running || !this.waiting) throw new FailureError("Internal", "no pppd waits for this call");
    this.waiting = false;
    this.pipe(GO_FD)?.end("go\n");
  }

  private async live(): Promise<void> {
    let reason: Failure | null;
    try {
      await this.start.prepare();
      reason = this.asked ? null : await this.runOnce();
    } catch (error) {
      reason = failureFrom(error);
    }
    clearTimeout(this.graceTimer);
    await this.echo?.close();
    // What an earlier pppd noted must not count as the next one's.
    await rm(echoFileOf(this.start.interface, this.start.echoFolder), { force: true }).catch(() => undefined);
    this.emit({ type: "process.exited", failure: this.asked ? null : reason });
  }

  /**
   * The tty is pppd's standard input as well: it then counts as the default device, for which pppd does not pulse DTR and
   * sleep 1 s at either end (pppd: tty.c, connect_tty and finish_tty). The descriptor is opened apart because
   * spawning clears O_NONBLOCK on it, which duplicates share.
   */
  private async runOnce(): Promise<Failure | null> {
    const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
    const tty = await open(this.start.tty, O_RDWR | O_NOCTTY | O_NONBLOCK).catch((error) => {
      throw serialFailure(this.start.tty, error);
    });
    let end: Promise<Failure>;
    try {
      if (this.asked) return null;
      end = this.startOn(tty.fd);
      // Its rejection is looked at below; meanwhile it must not count as unhandled.
      end.catch(() => undefined);
    } finally {
      await tty.close();
    }
    return end;
  }

  /** Starts pppd and listens to it, both at once: a start that fails is told in the next turn of the event loop. */
  private startOn(tty: number): Promise<Failure> {
    const child = startChild(this.start.program, pppdArguments(this.start), tty);
    this.child = child;
    this.running = child.pid !== undefined;
    const end = new Promise<Failure>((resolve, reject) => {
      child.once("error", (error) => reject(this.startFailure(error)));
      child.once("close", (code, signal) => resolve(this.exit(code, signal)));
    });
    this.listen(child);
    if (child.pid !== undefined) this.emit({ type: "process.started", pid: child.pid });
    return end;
  }

  private startFailure(error: NodeJS.ErrnoException): FailureError {
    const { program, port } = this.start;
    return error.code === "ENOENT" || error.code === "EACCES"
      ? new FailureError("ProgramMissing", `${program}, needed for ${port}, is not installed`, { cause: error })
      : new FailureError("SystemRefused", `${program} could not be started for ${port}: ${error.message}`, {
          cause: error,
        });
  }

  private listen(child: ChildProcess): void {
    child.once("exit", () => this.stopped(child));
    // A pipe whose other end died is no event of its own: pppd's exit tells.
    for (const stream of child.stdio) stream?.on("error", () => undefined);
    this.pipe(PASSWORD_FD)?.end(this.start.password);
    const lines = new LineSplitter();
    child.stderr?.on("data", (bytes: Uint8Array) => {
      for (const line of lines.push(bytes)) this.read(line);
    });
    this.pipe(READY_FD)?.once("data", () => {
      this.waiting = true;
      this.emit({ type: "process.notice", name: "connector.waiting" });
    });
  }

  /** Lets its last lines arrive, but does not wait for a grandchild that may keep the pipes open. */
  private stopped(child: ChildProcess): void {
    this.running = false;
    this.waiting = false;
    this.pipe(GO_FD)?.destroy();
    const close = (): void => {
      for (const stream of child.stdio) stream?.destroy();
    };
    const timer = setTimeout(close, LAST_LINES_MS);
    child.once("close", () => clearTimeout(timer));
  }

  private pipe(descriptor: number): Duplex | null {
    // Node makes every further pipe a socket, whichever way it is used.
    return (this.child?.stdio[descriptor] ?? null) as Duplex | null;
  }

  private read(line: string): void {
    const news = parsePppdLine(line);
    if (news?.type === "packet") return;
    if (news?.type === "echoAnswered") {
      this.echo?.note();
      return;
    }
    const text = printable(line, 300);
    this.log(text);
    this.lastLines.push(text);
    if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
    switch (news?.type) {
      case "connected":
        this.link.interface = news.interface;
        this.emit({ type: "process.notice", name: "line.taken" });
        break;
      case "localAddress":
        this.link.address = news.address;
        this.graceTimer ??= setTimeout(() => this.ready(), DNS_GRACE_MS);
        break;
      case "peerAddress":
        this.link.peer = news.address;
        break;
      case "dns":
        this.link.dns.push(news.address);
        break;
      case "secondDns":
        this.link.dns.push(news.address);
        this.ready();
        break;
      case "authenticationFailed":
        this.authenticationFailed = true;
        break;
      case "negotiationTimedOut":
        this.negotiationTimedOut = true;
        break;
    }
  }

  private ready(): void {
    if (this.wasUp || this.link.address === "") return;
    this.wasUp = true;
    clearTimeout(this.graceTimer);
    const { interface: name, address, peer, dns } = this.link;
    this.emit({ type: "process.ready", detail: { interface: name, address, dns, ...(peer === "" ? {} : { peer }) } });
  }

  private exit(code: number | null, signal: string | null): Failure {
    const { kind, sentence } = exitFailure({
      code,
      signal,
      wasUp: this.wasUp,
      authenticationFailed: this.authenticationFailed,
      negotiationTimedOut: this.negotiationTimedOut,
    });
    const said = this.lastLines.length === 0 ? "" : `; pppd said: ${this.lastLines.slice(-6).join(" / ")}`;
    return failure(kind, `${this.start.port}: ${sentence}${said}`, this.start.program);
  }
}

/** Node's own spawn, as execa's types know no open descriptor for standard input, and its child is a promise. */
function startChild(program: string, args: readonly string[], tty: number): ChildProcess {
  return spawn(program, [...args], {
    stdio: [tty, "ignore", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
  });
}
