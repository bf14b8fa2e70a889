import type { Duplex } from "node:stream";
import { CommandReader } from "./command-reader.ts";
import { InEndpoint } from "./in-endpoint.ts";
import { encodeReturn, encodeUnlinkReturn, type Submit, type Unlink } from "./pdu.ts";
import { decodeSetup, type SetupPacket } from "./setup-packet.ts";

/** What a device does with what reaches it. */
export interface UsbDeviceLogic {
  /** A control request: the bytes for IN, an empty buffer to acknowledge OUT, null to stall; as a promise: later. */
  control(setup: SetupPacket, data: Buffer): Buffer | null | Promise<Buffer | null>;
  /** The bytes of an OUT transfer. A promise holds the acknowledgement back until it resolves: flow control. */
  out(endpoint: number, data: Buffer): Promise<void> | undefined;
  /** The kernel took a transfer back that had its answer already: it was too late for its driver. */
  late?(): void;
  /** The kernel's end is gone, or this end was closed. Called once. */
  closed(): void;
}

const EPIPE = 32;

/** Serves one plugged-in device on a stream, paused or not, whose other end vhci_hcd holds. Closing it is pulling the plug. */
export class DeviceServer {
  readonly #stream: Duplex;
  readonly #logic: UsbDeviceLogic;
  readonly #reader = new CommandReader();
  readonly #inEndpoints = new Map<number, InEndpoint>();
  /** Transfers other than of IN endpoints whose answer the logic holds back. */
  readonly #held = new Set<number>();
  #bytesUntilYank = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(stream: Duplex, logic: UsbDeviceLogic) {
    this.#stream = stream;
    this.#logic = logic;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    // The kernel closing its end in mid-write is an ordinary way for a device to end.
    stream.on("error", () => this.close());
    stream.on("close", () => this.close());
    stream.on("end", () => this.close());
    stream.resume();
  }

  /** The IN endpoint with this number, made at its first use. */
  inEndpoint(number: number): InEndpoint {
    let endpoint = this.#inEndpoints.get(number);
    if (endpoint === undefined) {
      endpoint = new InEndpoint((seqnum, data) => this.#answer(seqnum, data));
      this.#inEndpoints.set(number, endpoint);
    }
    return endpoint;
  }

  /** Pulls the plug in the middle of the transfer that carries the `bytes`th byte from now, either way. */
  yankAfter(bytes: number): void {
    this.#bytesUntilYank = bytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.#logic.closed();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const command of this.#reader.push(chunk)) {
        if (this.#closed) return;
        if (command.kind === "submit") this.#submit(command);
        else this.#unlink(command);
      }
    } catch {
      // Out of step with the kernel: there is no way back into step on this connection.
      this.close();
    }
  }

  #unlink({ seqnum, target }: Unlink): void {
    const wasPending = this.#cancel(target);
    if (!wasPending) this.#logic.late?.();
    this.#write(encodeUnlinkReturn(seqnum, wasPending));
  }

  #submit(submit: Submit): void {
    if (submit.endpoint === 0) this.#control(submit);
    else if (submit.direction === "in") this.inEndpoint(submit.endpoint).request(submit.seqnum, submit.length);
    else this.#out(submit);
  }

  #control(submit: Submit): void {
    const reply = this.#logic.control(decodeSetup(submit.setup), submit.data);
    if (!(reply instanceof Promise)) {
      this.#answerControl(submit, reply);
      return;
    }
    this.#held.add(submit.seqnum);
    void reply.then((late) => {
      if (this.#held.delete(submit.seqnum)) this.#answerControl(submit, late);
    });
  }

  #answerControl(submit: Submit, reply: Buffer | null): void {
    if (reply === null) this.#write(encodeReturn(submit.seqnum, -EPIPE, 0));
    else if (submit.direction === "out") this.#write(encodeReturn(submit.seqnum, 0, submit.length));
    else {
      const data = reply.subarray(0, submit.length);
      this.#write(encodeReturn(submit.seqnum, 0, data.length, data));
    }
  }

  #out({ seqnum, endpoint, length, data }: Submit): void {
    if (this.#yanks(length)) {
      this.close();
      return;
    }
    const ready = this.#logic.out(endpoint, data);
    if (ready === undefined) {
      this.#write(encodeReturn(seqnum, 0, length));
      return;
    }
    this.#held.add(seqnum);
    void ready.then(() => {
      if (this.#held.delete(seqnum)) this.#write(encodeReturn(seqnum, 0, length));
    });
  }

  #cancel(seqnum: number): boolean {
    if (this.#held.delete(seqnum)) return true;
    for (const endpoint of this.#inEndpoints.values()) if (endpoint.cancel(seqnum)) return true;
    return false;
  }

  #answer(seqnum: number, data: Buffer): void {
    const message = encodeReturn(seqnum, 0, data.length, data);
    if (!this.#yanks(data.length)) {
      this.#write(message);
      return;
    }
    // Half of the answer, so that the kernel is in the middle of receiving it.
    this.#stream.end(message.subarray(0, message.length / 2), () => this.close());
  }

  #yanks(bytes: number): boolean {
    this.#bytesUntilYank -= bytes;
    return this.#bytesUntilYank <= 0;
  }

  #write(message: Buffer): void {
    if (!this.#closed && this.#stream.writable) this.#stream.write(message);
  }
}
