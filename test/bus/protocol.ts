/**
 * What host and guest say to each other over the virtio-serial port, and test workers to the host process that owns
 * that port: one JSON value per line, UTF-8. Binary data travels as base64 in a string.
 */

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly kind?: string } };

/** Sent by the guest on its own account. */
export interface Notification {
  readonly event: string;
  readonly data: unknown;
}

export type Message = Request | Reply | Notification;

export type Notify = (event: string, data: unknown) => void;

/** The guest's methods by name. `params` comes from the wire: each handler checks what it uses. */
export type Handlers = Record<string, (params: unknown, notify: Notify) => Promise<unknown>>;

/** The name of the virtio-serial port, as QEMU is told it and as the guest finds it in sysfs. */
export const PORT_NAME = "wanherd.control";

/** The guest's first notification: it has booted, udev is through, requests are answered. */
export const READY = "guest.ready";

/** What the guest tells of connections that the host has to its unix sockets. */
export const TUNNEL = { data: "tunnel.data", closed: "tunnel.closed" } as const;

/** Longest line in bytes. What handlers may answer stays below it even where JSON makes six bytes of each one. */
export const MAX_LINE = 64 * 1024 * 1024;

export function encode(message: Message): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts a byte stream into messages. What is no JSON object, or longer than `maxLine` bytes, throws. */
export class MessageReader {
  #parts: Buffer[] = [];
  #length = 0;
  readonly #maxLine: number;

  constructor(maxLine = MAX_LINE) {
    this.#maxLine = maxLine;
  }

  /** Takes the next bytes, returns the messages that they complete. */
  push(chunk: Buffer): Message[] {
    const messages: Message[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      messages.push(parse(Buffer.concat(this.#parts, this.#length)));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    // A copy: the caller may read into the same buffer again.
    this.#keep(Buffer.from(chunk.subarray(start)));
    return messages;
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#maxLine) throw new Error(`a line of the control port exceeds ${this.#maxLine} bytes`);
    this.#parts.push(part);
  }
}

function parse(line: Buffer): Message {
  const value: unknown = JSON.parse(line.toString("utf8"));
  if (typeof value !== "object" || value === null || !("id" in value || "event" in value)) {
    throw new Error("a line of the control port is no message");
  }
  return value as Message;
}
