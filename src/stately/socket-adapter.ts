import type { StatelyInspectionEvent } from "@statelyai/inspect";
import { WebSocket } from "ws";

const RETRY_MS = 5_000;
/** Told before the inspector listens: the newest of it, so that it knows the actors that there are. */
const MAX_WAITING = 500;
/** An inspector that takes nothing is told no more until it does. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/**
 * Brings inspection events to a WebSocket, and tries again while nobody listens there. Unlike the library's own it holds no more
 * than these bounds, and nothing of it is left after `stop`.
 */
export class SocketAdapter {
  readonly #url: string;
  #socket: WebSocket | null = null;
  #retry: NodeJS.Timeout | null = null;
  #waiting: StatelyInspectionEvent[] = [];
  #stopped = false;

  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    const socket = new WebSocket(this.#url, { handshakeTimeout: RETRY_MS, perMessageDeflate: false });
    this.#socket = socket;
    socket.on("open", () => {
      for (const event of this.#waiting) socket.send(JSON.stringify(event));
      this.#waiting = [];
    });
    // What went wrong does not matter: `close` comes after it.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!this.#stopped) this.#retry = setTimeout(() => this.start(), RETRY_MS);
    });
  }

  send(event: StatelyInspectionEvent): void {
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN) {
      if (socket.bufferedAmount < MAX_UNSENT_BYTES) socket.send(JSON.stringify(event));
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#socket?.terminate();
  }
}
