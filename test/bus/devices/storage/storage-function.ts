import type { InEndpoint } from "../../usbip/in-endpoint.ts";
import { requestKind, type SetupPacket } from "../../usbip/setup-packet.ts";
import type { UsbFunction } from "../usb-function.ts";
import { type CommandBlock, decodeCommandBlock, encodeStatus } from "./command-block.ts";
import { executeScsi, type LogicalUnit, NO_SENSE } from "./scsi.ts";

const RESET = 0xff;
const GET_MAX_LUN = 0xfe;

/** What the storage tells the device that it is part of. */
export interface StorageEvents {
  /** Looks at the raw bytes first; true when they are a message that is obeyed and only acknowledged. */
  isMessage(bytes: Buffer): boolean;
  /** A SCSI command was carried out or refused. */
  command(opcode: number, ejected: boolean): void;
}

/** Bulk-only storage: wrapper in, data either way, status out (Bulk-Only Transport 1.0, 5). */
export class StorageFunction implements UsbFunction {
  readonly #bulkIn: InEndpoint;
  readonly #units: readonly LogicalUnit[];
  readonly #events: StorageEvents;
  /** The data phase of a command that is under way: the host's bytes until it is complete. */
  #incoming: { block: CommandBlock; parts: Buffer[]; missing: number; finish: (data: Buffer) => boolean } | null = null;

  constructor(bulkIn: InEndpoint, units: readonly LogicalUnit[], events: StorageEvents) {
    this.#bulkIn = bulkIn;
    this.#units = units;
    this.#events = events;
  }

  out(data: Buffer): undefined {
    if (this.#incoming !== null) this.#takeData(data);
    else this.#takeCommand(data);
    return undefined;
  }

  control(setup: SetupPacket): Buffer | null {
    if (requestKind(setup) !== "class") return null;
    if (setup.request === GET_MAX_LUN) return Buffer.from([this.#units.length - 1]);
    if (setup.request !== RESET) return null;
    this.#incoming = null;
    this.#bulkIn.discard();
    return Buffer.alloc(0);
  }

  #takeCommand(bytes: Buffer): void {
    // What an earlier command left unread is void: some drivers never read the status of a switch message.
    this.#bulkIn.discard();
    if (this.#events.isMessage(bytes)) {
      this.#bulkIn.send(encodeStatus(bytes.readUInt32LE(4), 0, true));
      return;
    }
    const block = decodeCommandBlock(bytes);
    const unit = block === null ? undefined : this.#units[block.lun];
    // A device may ignore what is no valid wrapper until it is reset (5.3.1, 6.6.1).
    if (block !== null && unit !== undefined) this.#execute(block, unit);
  }

  #execute(block: CommandBlock, unit: LogicalUnit): void {
    const outcome = executeScsi(block.command, unit);
    unit.sense = outcome.kind === "check" ? outcome.sense : NO_SENSE;
    this.#events.command(block.command.readUInt8(0), outcome.kind === "ejected");

    if (outcome.kind === "write" && outcome.bytes === block.dataLength) {
      this.#expectData(block, (data) => unit.medium?.write(outcome.block, data) === true);
    } else if (block.direction === "out" && block.dataLength > 0) {
      this.#expectData(block, () => outcome.kind === "done");
    } else {
      this.#answer(block, outcome.kind === "data" ? outcome.data : null, outcome.kind !== "check");
    }
  }

  #answer(block: CommandBlock, data: Buffer | null, passed: boolean): void {
    const sent = data?.subarray(0, block.dataLength) ?? Buffer.alloc(0);
    // A short transfer, empty if need be, ends the data phase that the host expects.
    if (block.dataLength > 0) this.#bulkIn.send(sent);
    this.#bulkIn.send(encodeStatus(block.tag, block.dataLength - sent.length, passed));
  }

  #expectData(block: CommandBlock, finish: (data: Buffer) => boolean): void {
    this.#incoming = { block, parts: [], missing: block.dataLength, finish };
    if (block.dataLength === 0) this.#takeData(Buffer.alloc(0));
  }

  #takeData(data: Buffer): void {
    const incoming = this.#incoming;
    if (incoming === null) return;
    incoming.parts.push(data);
    incoming.missing -= data.length;
    if (incoming.missing > 0) return;
    this.#incoming = null;
    const passed = incoming.finish(Buffer.concat(incoming.parts));
    this.#bulkIn.send(encodeStatus(incoming.block.tag, 0, passed));
  }
}
