import { setTimeout as sleep } from "node:timers/promises";
import type { BulkInterface } from "./bulk-interface.ts";
import { CSW_LENGTH, decodeCommandBlock, decodeStatusBlock } from "./bulk-only.ts";
import type { NodeUsbDevice } from "./node-usb.ts";

/** How a device took a message. `sent`: it was no command block, so no status follows; `silent`: none came in time. */
export type Answer = "passed" | "failed" | "sent" | "silent";

/** The device took neither of two attempts at a transfer. */
export class TransferRefused extends Error {}
/** The device is not there any more. */
export class DeviceVanished extends Error {}

export interface BulkSessionOptions {
  /** Bound for each transfer, in ms. */
  readonly transferMs: number;
  /** Wait before asking whether the device is still there, in ms: its transfers end a moment before it is gone. */
  readonly settleMs: number;
  /** Is the device still there? Asked when a transfer fails: the `usb` package's errors have no codes. */
  present(): Promise<boolean>;
}

/** Data that a message makes the device send is thrown away; no switch message asks for more than this. */
const MOST_DATA = 64 * 1024;

/** A status block of an earlier command may still wait to be read, left by the kernel's driver or a failed attempt. */
const MOST_STATUS_READS = 4;

/**
 * Sends a message to a claimed interface. When it is a command block, its data phase (if it is towards us) and its
 * status are read too, since some devices act only once their status was taken. A halted endpoint is cleared and the
 * transfer repeated once (Bulk-Only Transport 1.0, 6.3.3 and 6.7.2).
 * Throws TransferRefused when the message cannot be delivered and DeviceVanished when the device went meanwhile.
 */
export async function sendMessage(
  device: NodeUsbDevice,
  bulk: BulkInterface,
  message: Uint8Array,
  options: BulkSessionOptions,
): Promise<Answer> {
  const { transferMs } = options;
  const delivered = await attempt("out", bulk.out, async () => {
    const { status } = await device.transferOut(bulk.out, message, transferMs);
    return status === "ok" ? true : null;
  });
  if (delivered === null) throw new TransferRefused("the device did not take it");

  const command = decodeCommandBlock(message);
  const answerEndpoint = bulk.in;
  if (command === null || answerEndpoint === null) return "sent";
  const reads = MOST_STATUS_READS + (expectsData(command) ? 1 : 0);
  for (let read = 0; read < reads; read++) {
    const wanted = read === 0 && expectsData(command) ? Math.min(command.dataLength, MOST_DATA) : CSW_LENGTH;
    const length = Math.ceil(wanted / bulk.inPacketSize) * bulk.inPacketSize;
    const bytes = await attempt("in", answerEndpoint, async () => {
      const { data, status } = await device.transferIn(answerEndpoint, length, transferMs);
      if (status !== "ok") return null;
      return data === undefined ? new Uint8Array() : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    });
    if (bytes === null) return "silent";
    const status = decodeStatusBlock(bytes);
    if (status?.tag === command.tag) return status.status === "passed" ? "passed" : "failed";
  }
  return "silent";

  /** Runs a transfer, once more after a halt. Null: it did not succeed, but the device is there. */
  async function attempt<T>(
    direction: "in" | "out",
    endpoint: number,
    transfer: () => Promise<T | null>,
  ): Promise<T | null> {
    for (let tries = 0; tries < 2; tries++) {
      const startedAt = performance.now();
      const result = await transfer().catch(() => null);
      if (result !== null) return result;
      // What fails before its time is over was refused, which halts the endpoint; what took all its time will again.
      const tookAllItsTime = performance.now() - startedAt >= 0.9 * transferMs;
      await sleep(options.settleMs);
      if (!(await options.present())) throw new DeviceVanished();
      if (tookAllItsTime) return null;
      await device.clearHalt(direction, endpoint).catch(() => {
        // it was not halted; the second attempt shows
      });
    }
    return null;
  }
}

function expectsData(command: { dataLength: number; direction: "in" | "out" }): boolean {
  return command.direction === "in" && command.dataLength > 0;
}
