import { Duplex } from "node:stream";
import { DeviceServer, type UsbDeviceLogic } from "../../bus/usbip/device-server.ts";
import { encodeCommand, HEADER_BYTES } from "../../bus/usbip/pdu.ts";

/** What the kernel was answered. */
export interface Answer {
  readonly seqnum: number;
  readonly status: number;
  readonly data: string;
}

/** The kernel's end of a device's connection, as tests play it. */
export class KernelSide {
  readonly answers: Answer[] = [];
  readonly server: DeviceServer;
  readonly #stream: Duplex;
  readonly #inTransfers = new Set<number>();

  constructor(logic: UsbDeviceLogic) {
    const [kernel, device] = streamPair();
    this.#stream = kernel;
    this.server = new DeviceServer(device, logic);
    kernel.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  async control(seqnum: number, setup: string, length: number): Promise<void> {
    const bytes = Buffer.from(setup, "hex");
    const isIn = ((bytes[0] ?? 0) & 0x80) !== 0;
    if (isIn) this.#inTransfers.add(seqnum);
    const data = isIn ? Buffer.alloc(0) : Buffer.alloc(length);
    await this.#send({
      kind: "submit",
      seqnum,
      direction: isIn ? "in" : "out",
      endpoint: 0,
      length,
      setup: bytes,
      data,
    });
  }

  async read(seqnum: number, endpoint: number, length: number): Promise<void> {
    this.#inTransfers.add(seqnum);
    const setup = Buffer.alloc(8);
    await this.#send({ kind: "submit", seqnum, direction: "in", endpoint, length, setup, data: Buffer.alloc(0) });
  }

  async write(seqnum: number, endpoint: number, data: Buffer): Promise<void> {
    const setup = Buffer.alloc(8);
    await this.#send({ kind: "submit", seqnum, direction: "out", endpoint, length: data.length, setup, data });
  }

  async unlink(seqnum: number, target: number): Promise<void> {
    await this.#send({ kind: "unlink", seqnum, target });
  }

  close(): void {
    this.#stream.destroy();
  }

  async #send(command: Parameters<typeof encodeCommand>[0]): Promise<void> {
    this.#stream.write(encodeCommand(command));
    await settle();
  }

  #receive(chunk: Buffer): void {
    for (let start = 0; start + HEADER_BYTES <= chunk.length; ) {
      const seqnum = chunk.readUInt32BE(start + 4);
      const hasData = chunk.readUInt32BE(start) === 3 && this.#inTransfers.has(seqnum);
      const length = hasData ? chunk.readInt32BE(start + 24) : 0;
      const data = chunk.subarray(start + HEADER_BYTES, start + HEADER_BYTES + length);
      this.answers.push({ seqnum, status: chunk.readInt32BE(start + 20), data: data.toString("latin1") });
      start += HEADER_BYTES + length;
    }
  }
}

/** Lets everything that is on its way arrive. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Two ends of one connection: what is written into one is read from the other, and both end together. */
function streamPair(): [Duplex, Duplex] {
  const create = (other: () => Duplex): Duplex =>
    new Duplex({
      read: () => {},
      write: (chunk, _encoding, done) => {
        other().push(chunk);
        done();
      },
      destroy: (error, done) => {
        other().destroy();
        done(error);
      },
    });
  const one: Duplex = create(() => another);
  const another: Duplex = create(() => one);
  return [one, another];
}
