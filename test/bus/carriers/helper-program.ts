import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A Node program of ours that runs in a namespace and answers questions over Node's IPC channel. */
export class HelperProgram {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    child.on("message", ({ id, result }: { id: number; result: unknown }) => {
      this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    });
    child.once("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended with ${code}`));
    });
  }

  /**
   * Starts the bundle `name` that lies beside the running one; resolves when it is ready.
   * @throws when it ends instead.
   */
  static async start(name: string, namespace: string): Promise<HelperProgram> {
    const bundle = join(dirname(fileURLToPath(import.meta.url)), name);
    const child = spawn("ip", ["netns", "exec", namespace, process.execPath, bundle], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const failed = once(child, "exit").then(([code]) => {
      throw new Error(`${name} in namespace ${namespace} ended with ${code} before it was ready`);
    });
    await Promise.race([once(child, "message"), failed]);
    failed.catch(() => {});
    return new HelperProgram(child, name);
  }

  /** Sends a question; any number may be open at a time. @throws when the program ends. */
  ask(question: object): Promise<unknown> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, ...question }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }
}
