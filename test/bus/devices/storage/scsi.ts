import type { Medium } from "./disk.ts";

/** Sense key and additional sense code (SPC-4, 4.5). */
export interface Sense {
  readonly key: number;
  readonly code: number;
}

export const NO_SENSE: Sense = { key: 0, code: 0 };
const INVALID_COMMAND: Sense = { key: 5, code: 0x2000 };
const INVALID_FIELD: Sense = { key: 5, code: 0x2400 };
const OUT_OF_RANGE: Sense = { key: 5, code: 0x2100 };
const WRITE_PROTECTED: Sense = { key: 7, code: 0x2700 };
const NO_MEDIUM: Sense = { key: 2, code: 0x3a00 };

export interface LogicalUnit {
  readonly kind: "cd-rom" | "disk";
  /** INQUIRY's vendor and product, cut to 8 and 16 bytes. */
  readonly vendor: string;
  readonly product: string;
  /** Null once it has been ejected. */
  medium: Medium | null;
  /** What REQUEST SENSE will say. */
  sense: Sense;
}

/** What a command does: answers, takes `bytes` of data and then writes them, ejects, or fails with check condition. */
export type Outcome =
  | { readonly kind: "data"; readonly data: Buffer }
  | { readonly kind: "write"; readonly bytes: number; readonly block: number }
  | { readonly kind: "done" }
  | { readonly kind: "ejected" }
  | { readonly kind: "check"; readonly sense: Sense };

const DONE: Outcome = { kind: "done" };
const check = (sense: Sense): Outcome => ({ kind: "check", sense });
const answer = (data: Buffer): Outcome => ({ kind: "data", data });

/** Carries out one SCSI command (SPC-4, SBC-3; operation codes as in SPC-4, annex E). */
export function executeScsi(command: Buffer, unit: LogicalUnit): Outcome {
  switch (command.readUInt8(0)) {
    case 0x00: // TEST UNIT READY
      return unit.medium === null ? check(NO_MEDIUM) : DONE;
    case 0x03: // REQUEST SENSE
      return answer(senseData(unit.sense));
    case 0x12: // INQUIRY; vital product data pages are not offered
      return (command.readUInt8(1) & 1) === 0 ? answer(inquiryData(unit)) : check(INVALID_FIELD);
    case 0x1a: // MODE SENSE(6): a header without pages
      return answer(Buffer.from([3, 0, isWritable(unit) ? 0 : 0x80, 0]));
    case 0x5a: // MODE SENSE(10)
      return answer(Buffer.from([0, 6, 0, isWritable(unit) ? 0 : 0x80, 0, 0, 0, 0]));
    case 0x1b: // START STOP UNIT
      return startStop(command, unit);
    case 0x1e: // PREVENT ALLOW MEDIUM REMOVAL
    case 0x2f: // VERIFY(10)
    case 0x35: // SYNCHRONIZE CACHE(10)
      return DONE;
    case 0x25: // READ CAPACITY(10)
      return unit.medium === null ? check(NO_MEDIUM) : answer(capacity(unit.medium));
    case 0x28: // READ(10)
      return read(command, unit.medium);
    case 0x2a: // WRITE(10)
      return write(command, unit.medium);
    default:
      return check(INVALID_COMMAND);
  }
}

function isWritable(unit: LogicalUnit): boolean {
  return unit.medium?.writable === true;
}

function startStop(command: Buffer, unit: LogicalUnit): Outcome {
  const LOAD_EJECT = 2;
  if ((command.readUInt8(4) & 3) !== LOAD_EJECT) return DONE;
  unit.medium = null;
  return { kind: "ejected" };
}

function read(command: Buffer, medium: Medium | null): Outcome {
  if (medium === null) return check(NO_MEDIUM);
  const data = medium.read(command.readUInt32BE(2), command.readUInt16BE(7));
  return data === null ? check(OUT_OF_RANGE) : answer(data);
}

function write(command: Buffer, medium: Medium | null): Outcome {
  if (medium === null) return check(NO_MEDIUM);
  if (!medium.writable) return check(WRITE_PROTECTED);
  const block = command.readUInt32BE(2);
  const count = command.readUInt16BE(7);
  if (block + count > medium.blocks) return check(OUT_OF_RANGE);
  return { kind: "write", block, bytes: count * medium.blockBytes };
}

function capacity(medium: Medium): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(medium.blocks - 1, 0);
  bytes.writeUInt32BE(medium.blockBytes, 4);
  return bytes;
}

function senseData({ key, code }: Sense): Buffer {
  const FIXED_FORMAT = 0x70;
  const bytes = Buffer.alloc(18);
  bytes.writeUInt8(FIXED_FORMAT, 0);
  bytes.writeUInt8(key, 2);
  bytes.writeUInt8(10, 7);
  bytes.writeUInt16BE(code, 12);
  return bytes;
}

function inquiryData({ kind, vendor, product }: LogicalUnit): Buffer {
  const REMOVABLE = 0x80;
  const head = Buffer.from([kind === "cd-rom" ? 5 : 0, REMOVABLE, 2, 2, 31, 0, 0, 0]);
  const text = (value: string, length: number): Buffer => Buffer.from(value.padEnd(length).slice(0, length), "latin1");
  return Buffer.concat([head, text(vendor, 8), text(product, 16), text("1.0", 4)]);
}
