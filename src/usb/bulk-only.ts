/**
 * Command and status blocks of USB Mass Storage Class, Bulk-Only Transport 1.0, little-endian.
 * Sections 5.1 (command block wrapper) and 5.2 (command status wrapper).
 */
const CBW_SIGNATURE = 0x43425355; // `USBC`
const CSW_SIGNATURE = 0x53425355; // `USBS`
const CBW_LENGTH = 31;
export const CSW_LENGTH = 13;

export interface CommandBlock {
  /** Chosen by the host; the status block carries it back. */
  readonly tag: number;
  /** Bytes that follow in a data phase. */
  readonly dataLength: number;
  readonly direction: "in" | "out";
  readonly lun: number;
  /** The SCSI command, 1–16 bytes. */
  readonly command: Uint8Array;
}

export interface StatusBlock {
  readonly tag: number;
  readonly residue: number;
  readonly status: "passed" | "failed" | "phaseError" | "reserved";
}

/** The 31 bytes of a command block. Throws RangeError for a command that does not fit. */
export function encodeCommandBlock(block: CommandBlock): Uint8Array {
  const { length } = block.command;
  if (length < 1 || length > 16) throw new RangeError(`a SCSI command has 1 to 16 bytes, not ${length}`);
  const bytes = new Uint8Array(CBW_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CBW_SIGNATURE, true);
  view.setUint32(4, block.tag, true);
  view.setUint32(8, block.dataLength, true);
  view.setUint8(12, block.direction === "in" ? 0x80 : 0);
  view.setUint8(13, block.lun);
  view.setUint8(14, length);
  bytes.set(block.command, 15);
  return bytes;
}

/** What a raw message says as a command block, so that its answer can be awaited. Null: it is none. */
export function decodeCommandBlock(bytes: Uint8Array): CommandBlock | null {
  if (bytes.length !== CBW_LENGTH) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== CBW_SIGNATURE) return null;
  // HuaweiNewMode's message gives its command a length of 0, which the standard forbids: lengths are not judged here.
  return {
    tag: view.getUint32(4, true),
    dataLength: view.getUint32(8, true),
    direction: (view.getUint8(12) & 0x80) !== 0 ? "in" : "out",
    lun: view.getUint8(13) & 0x0f,
    command: bytes.slice(15, 15 + Math.min(view.getUint8(14) & 0x1f, 16)),
  };
}

const STATUS = ["passed", "failed", "phaseError"] as const;

/** The status block at the end of what the device sent (after data that fills whole packets it may come along). */
export function decodeStatusBlock(bytes: Uint8Array): StatusBlock | null {
  if (bytes.length < CSW_LENGTH) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - CSW_LENGTH, CSW_LENGTH);
  if (view.getUint32(0, true) !== CSW_SIGNATURE) return null;
  return {
    tag: view.getUint32(4, true),
    residue: view.getUint32(8, true),
    status: STATUS[view.getUint8(12)] ?? "reserved",
  };
}
