import { type FileHandle, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PORT_NAME } from "../protocol.ts";

const PORTS = "/sys/class/virtio-ports";

/**
 * The guest's end of the virtio-serial port. The kernel lets it be opened once only, so one handle reads and writes;
 * a read blocks a thread of node's pool until there is something (hence UV_THREADPOOL_SIZE in init.sh).
 */
export class ControlPort {
  readonly #handle: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(): Promise<ControlPort> {
    for (const port of await readdir(PORTS)) {
      const name = (await readFile(join(PORTS, port, "name"), "utf8")).trim();
      if (name === PORT_NAME) return new ControlPort(await open(join("/dev", port), "r+"));
    }
    throw new Error(`this machine has no virtio port named ${PORT_NAME}: it is no guest of the virtual bus`);
  }

  /** Writes after what was written before, whole. */
  write(text: string): Promise<void> {
    const data = Buffer.from(text);
    this.#writing = this.#writing.then(async () => {
      for (let done = 0; done < data.length; ) {
        done += (await this.#handle.write(data, done, data.length - done, null)).bytesWritten;
      }
    });
    return this.#writing;
  }

  /** The bytes from the host, until it closes its end. The yielded buffer is used again for the next ones. */
  async *chunks(): AsyncGenerator<Buffer> {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
