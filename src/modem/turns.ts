import type { PortPath } from "../hotplug/types.ts";

/** Whose turn it is: one port at a time, in the order of asking. */
export class Turns {
  #holder: PortPath | null = null;
  #waiting: { readonly port: PortPath; readonly begin: () => void }[] = [];

  /** Resolves when it is this port's turn. Rejects with the signal's reason; the place in the line is then given up. */
  take(port: PortPath, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const place = {
        port,
        begin: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== place);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(place);
      this.#next();
    });
  }

  /** Ends this port's turn; nothing happens if it is another's. */
  end(port: PortPath): void {
    if (this.#holder !== port) return;
    this.#holder = null;
    this.#next();
  }

  #next(): void {
    if (this.#holder !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#holder = next.port;
    next.begin();
  }
}
