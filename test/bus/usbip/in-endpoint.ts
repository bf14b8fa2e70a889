interface Waiting {
  readonly seqnum: number;
  readonly length: number;
}

/**
 * The device's end of a bulk or interrupt IN endpoint: messages that wait for transfers, and transfers that wait for
 * messages. A transfer is answered from one message only; a message longer than the transfer goes on in the next one.
 */
export class InEndpoint {
  readonly #complete: (seqnum: number, data: Buffer) => void;
  #messages: Buffer[] = [];
  #waiting: Waiting[] = [];
  #queuedBytes = 0;

  /** Called whenever the last queued byte has gone to the kernel. */
  onDrain: () => void = () => {};

  /** @param complete answers the transfer `seqnum` with `data`. */
  constructor(complete: (seqnum: number, data: Buffer) => void) {
    this.#complete = complete;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues a message; an empty one is answered as an empty transfer. */
  send(message: Buffer): void {
    this.#messages.push(message);
    this.#queuedBytes += message.length;
    this.#match();
  }

  /** Drops what is queued: nobody reads it any more. */
  discard(): void {
    this.#messages = [];
    this.#queuedBytes = 0;
  }

  /** A transfer of the kernel's. Without a message it is held: an empty answer would make the driver ask again at once. */
  request(seqnum: number, length: number): void {
    this.#waiting.push({ seqnum, length });
    this.#match();
  }

  /** Takes a held transfer back; false when it is not here (any more). */
  cancel(seqnum: number): boolean {
    const index = this.#waiting.findIndex((transfer) => transfer.seqnum === seqnum);
    if (index === -1) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  #match(): void {
    if (this.#messages.length === 0 || this.#waiting.length === 0) return;
    while (this.#messages.length > 0 && this.#waiting.length > 0) {
      const message = this.#messages[0] as Buffer;
      const { seqnum, length } = this.#waiting.shift() as Waiting;
      if (message.length > length) this.#messages[0] = message.subarray(length);
      else this.#messages.shift();
      const part = message.subarray(0, length);
      this.#queuedBytes -= part.length;
      this.#complete(seqnum, part);
    }
    if (this.#messages.length === 0) this.onDrain();
  }
}
