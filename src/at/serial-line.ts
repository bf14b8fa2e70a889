import { read as fsRead, write as fsWrite } from "node:fs";
import { LinuxBinding, type LinuxPortBinding } from "@serialport/bindings-cpp";
import { FailureError, type FailureKind } from "../../machines/failure.ts";

/**
 * A tty as the AT channel needs it. Nothing is read unless `read` is called: after CONNECT the bytes on the
 * line are pppd's.
 */
export interface SerialLine {
  /** Waits for bytes. Resolves to their count, or to 0 after `cancelRead`. Rejects: DeviceGone. */
  read(into: Uint8Array): Promise<number>;
  /** Ends a waiting `read` at once. */
  cancelRead(): void;
  /** Rejects: DeviceGone; PortSilent when the tty takes no more. */
  write(text: string): Promise<void>;
  /** `keepOutput`: somebody else uses the tty too and what is on its way out must stay. Never rejects. */
  close(options: { keepOutput: boolean }): Promise<void>;
}

export type OpenSerialLine = (tty: string) => Promise<SerialLine>;

/** A hung-up tty answers EIO, or end of file (kernel: drivers/tty/tty_io.c, hung_up_tty_read). */
const GONE = new Set(["EIO", "ENXIO", "ENODEV", "ENOENT", "EBADF"]);

/** A system error on a tty as a failure. The binding gives open's errors as text only. */
export function serialFailure(tty: string, error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  let kind: FailureKind = "SystemRefused";
  if (GONE.has(code) || /No such (file|device)|not a tty|Input\/output error/i.test(text)) kind = "DeviceGone";
  else if (code === "EBUSY" || /busy|Cannot lock/i.test(text)) kind = "PortBusy";
  return new FailureError(kind, `${tty}: ${text}`, { cause: error });
}

/**
 * Opens a tty raw, 115200 baud, CLOCAL. HUPCL is set, so that whoever closes the tty last hangs up: pppd, to
 * which a call is handed over, puts back the settings that it found.
 * The binding's own read is not used: it spins on a hung-up tty, whose reads end at once with no bytes.
 * Rejects: DeviceGone, PortBusy, SystemRefused.
 */
export async function openSerialLine(tty: string): Promise<SerialLine> {
  try {
    return new BoundLine(tty, await LinuxBinding.open({ path: tty, baudRate: 115200, lock: false, hupcl: true }));
  } catch (error) {
    throw serialFailure(tty, error);
  }
}

class BoundLine implements SerialLine {
  private cancelled = false;
  private underWay: Promise<unknown> = Promise.resolve();
  private readonly tty: string;
  private readonly port: LinuxPortBinding;

  constructor(tty: string, port: LinuxPortBinding) {
    this.tty = tty;
    this.port = port;
  }

  read(into: Uint8Array): Promise<number> {
    const reading = this.readOnce(into);
    this.underWay = reading.catch(() => undefined);
    return reading;
  }

  private async readOnce(into: Uint8Array): Promise<number> {
    for (;;) {
      if (this.cancelled) return 0;
      const got = await new Promise<number | "wait">((resolve, reject) => {
        fsRead(this.descriptor(), into, 0, into.length, null, (error, count) => {
          if (error === null) resolve(count);
          else if (error.code === "EAGAIN" || error.code === "EINTR") resolve("wait");
          else reject(serialFailure(this.tty, error));
        });
      });
      if (got === 0) throw new FailureError("DeviceGone", `${this.tty} was hung up`);
      if (got !== "wait") return got;
      if (this.cancelled) return 0;
      // An error here is a cancelled wait or a dead descriptor; the next read tells which.
      await new Promise<void>((resolve) => this.port.poller.once("readable", () => resolve()));
    }
  }

  cancelRead(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    // Once only: closing the port destroys the poller, and a call to a destroyed one is a crash in its native code.
    this.port.poller.stop();
  }

  write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    return new Promise((resolve, reject) => {
      fsWrite(this.descriptor(), bytes, 0, bytes.length, null, (error, count) => {
        if (error === null && count === bytes.length) resolve();
        // A command is far smaller than the tty's buffer, which thus was filled by commands that were never taken.
        else if (error === null || error.code === "EAGAIN")
          reject(new FailureError("PortSilent", `${this.tty} takes no more commands`));
        else reject(serialFailure(this.tty, error));
      });
    });
  }

  async close(options: { keepOutput: boolean }): Promise<void> {
    this.cancelRead();
    await this.underWay;
    try {
      // Otherwise closing waits for a modem that does not take its output, up to closing_wait's 30 s.
      if (!options.keepOutput) await this.port.flush();
    } catch {
      // The tty is gone; it has nothing left to flush.
    }
    try {
      await this.port.close();
    } catch {
      // Already closed, or gone.
    }
  }

  private descriptor(): number {
    if (this.port.fd === null) throw new FailureError("DeviceGone", `${this.tty} is closed`);
    return this.port.fd;
  }
}
