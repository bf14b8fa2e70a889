import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Attached, Identity } from "../description.ts";
import type { AirOrder, AirReport } from "./air-program.ts";
import type { ChipParams } from "./radio-identity.ts";

/** What a dongle's user hears of it. */
interface Listener {
  readonly log: (text: string) => void;
  readonly onClosed: () => void;
}

/** The program that serves the dongles, as the conductor sees it. */
export class AirHost {
  readonly #child: ChildProcess;
  readonly #served = new Map<number, { readonly stream: Socket; readonly listener: Listener }>();
  #ids = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (report: AirReport) => this.#hear(report));
    child.once("exit", () => {
      for (const id of this.#served.keys()) this.#closed(id);
    });
  }

  /** Starts the bundle that lies beside the running one; resolves when it is ready. @throws when it ends instead. */
  static async start(): Promise<AirHost> {
    const bundle = join(dirname(fileURLToPath(import.meta.url)), "air-program.js");
    const child = spawn(process.execPath, [bundle], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [report] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(`air-program.js ended with ${report} before it was ready`);
    return new AirHost(child);
  }

  /** Gives a connection, of which nothing was read yet, to the program. */
  serve(stream: Socket, identity: Identity, params: ChipParams, listener: Listener): Attached {
    const id = ++this.#ids;
    this.#served.set(id, { stream, listener });
    this.#tell({ serve: id, identity, params }, stream);
    return {
      yankAfter: (afterBytes) => this.#tell({ yank: id, afterBytes }),
      close: () => this.#tell({ close: id }),
    };
  }

  #hear(report: AirReport): void {
    if ("closed" in report) this.#closed(report.closed);
    else if ("logs" in report) this.#served.get(report.logs)?.listener.log(report.text);
  }

  #closed(id: number): void {
    const served = this.#served.get(id);
    this.#served.delete(id);
    // What is left of it here is the object, by whose end a hub knows that its port is empty.
    served?.stream.destroy();
    served?.listener.onClosed();
  }

  #tell(order: AirOrder, stream?: Socket): void {
    // After its end there is nothing left to tell.
    if (this.#child.connected) this.#child.send(order, stream);
  }
}
