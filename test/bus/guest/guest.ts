import { GuestProcess } from "./guest-process.ts";
import type { RpcClient } from "./rpc-client.ts";

/** How a program in the guest ended, and what it said. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface ExecOptions {
  readonly stdin?: string;
  /** Added to the guest's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** After this the program gets SIGKILL and the call fails; default 60000. */
  readonly timeoutMs?: number;
  /** Answer with the exit code instead of throwing when it is not 0; default false. */
  readonly mayFail?: boolean;
}

export interface StartOptions {
  /** What errors call it; default the program's name. */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** One running process of the guest. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Empty for the kernel's own threads. */
  readonly argv: readonly string[];
}

/** A booted guest, as tests use it, whether this process booted it or is connected to the one that did. */
export class Guest {
  readonly #client: RpcClient;
  readonly #close: () => Promise<void>;

  constructor(client: RpcClient, close: () => Promise<void>) {
    this.#client = client;
    this.#close = close;
  }

  /**
   * Runs a program to its end.
   * @throws when it cannot be started, takes too long, says more than 4 MiB, or ends with anything but 0.
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { mayFail = false, ...rest } = options;
    const result = (await this.call("exec", { argv, ...rest })) as ExecResult;
    if (!mayFail && result.exitCode !== 0) {
      const end = result.signal === null ? `exit code ${result.exitCode}` : result.signal;
      throw new Error(
        `in the guest, ${argv.join(" ")} ended with ${end}: ${(result.stderr || result.stdout).trimEnd()}`,
      );
    }
    return result;
  }

  /** Starts a program that goes on running. Whoever starts it stops it; the guest's end stops all. */
  async start(argv: readonly string[], options: StartOptions = {}): Promise<GuestProcess> {
    const { id, pid } = (await this.call("start", { argv, ...options })) as { id: number; pid: number };
    return new GuestProcess(this, id, pid);
  }

  /** Asks one of the conductor's handlers by name. */
  call(method: string, params: unknown = {}): Promise<unknown> {
    return this.#client.call(method, params);
  }

  /** Listens to what the conductor reports by itself; the returned function ends the listening. */
  on(event: string, listener: (data: unknown) => void): () => void {
    return this.#client.on(event, listener);
  }

  /** @throws beyond 32 MiB. */
  async readFile(path: string): Promise<Buffer> {
    return Buffer.from((await this.call("readFile", { path })) as string, "base64");
  }

  /** Writes a file, with the folders above it where they are missing. */
  async writeFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await this.call("writeFile", { path, mode, base64: Buffer.from(content).toString("base64") });
  }

  /** The guest's monotonic clock in nanoseconds: the one clock of all that is measured in there. */
  async now(): Promise<bigint> {
    return BigInt((await this.call("now")) as string);
  }

  async processes(): Promise<ProcessEntry[]> {
    return (await this.call("processes")) as ProcessEntry[];
  }

  /** Ends the guest, or the connection if another process owns the guest. */
  close(): Promise<void> {
    return this.#close();
  }
}
