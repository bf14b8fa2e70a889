import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { encode, type Message, MessageReader, type Reply } from "../protocol.ts";

/** An error that a handler in the guest threw; `kind` is the failure's kind, where it has one. */
export class GuestError extends Error {
  readonly kind: string | undefined;
  /** The handler's own words. */
  readonly reason: string;
  constructor(method: string, reason: string, kind?: string) {
    super(`${method}: ${reason}`);
    this.name = "GuestError";
    this.reason = reason;
    this.kind = kind;
  }
}

interface Waiting {
  readonly method: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One end of the control protocol that asks: matches replies to requests and hands notifications on. */
export class RpcClient {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #reader = new MessageReader();
  readonly #explain: () => string;
  #nextId = 1;
  #ended: Error | undefined;

  /** @param explain what to add to the error when the other end is gone, e.g. the console's last lines. */
  constructor(stream: Duplex, explain: () => string = () => "") {
    this.#stream = stream;
    this.#explain = explain;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("error", (error) => this.end(error.message));
    stream.on("close", () => this.end("the connection was closed"));
  }

  /** Asks for `method` and waits for its reply, for as long as the connection lasts. */
  call(method: string, params: unknown = {}): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
      this.#stream.write(encode({ id, method, params }));
    });
  }

  /** Calls `listener` for each notification of that name; the returned function ends it. */
  on(event: string, listener: (data: unknown) => void): () => void {
    // Prefixed: a plain EventEmitter throws on an unheard "error".
    this.#events.on(`guest:${event}`, listener);
    return () => this.#events.off(`guest:${event}`, listener);
  }

  /** Calls `listener` for every notification. */
  onAny(listener: (event: string, data: unknown) => void): void {
    this.#events.on("any", listener);
  }

  /** Gives up the connection: all that wait, and all that will ask, get an error with the reason. */
  end(reason: string): void {
    if (this.#ended) return;
    const error = new Error(`the guest is gone: ${reason}${this.#explain()}`);
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#stream.destroy();
    this.#events.emit("end", error);
  }

  /** Calls `listener` once when the connection has ended, at once if it has. */
  onEnd(listener: (error: Error) => void): void {
    if (this.#ended) listener(this.#ended);
    else this.#events.once("end", listener);
  }

  #take(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#dispatch(message);
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error));
    }
  }

  #dispatch(message: Message): void {
    if ("event" in message) {
      this.#events.emit(`guest:${message.event}`, message.data);
      this.#events.emit("any", message.event, message.data);
    } else if (!("method" in message)) this.#settle(message);
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting.reject(new GuestError(waiting.method, reply.error.message, reply.error.kind));
    else waiting.resolve(reply.result);
  }
}
