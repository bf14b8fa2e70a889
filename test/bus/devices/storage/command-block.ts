/** A bulk-only command wrapper (USB Mass Storage Class, Bulk-Only Transport 1.0, 5.1). */
export interface CommandBlock {
  readonly tag: number;
  /** Bytes that the host expects to move in the data phase. */
  readonly dataLength: number;
  readonly direction: "in" | "out";
  readonly lun: number;
  /** The SCSI command: 16 bytes, of which the first `length` count. */
  readonly command: Buffer;
}

export const WRAPPER_BYTES = 31;
const CBW_SIGNATURE = 0x43425355;
const CSW_SIGNATURE = 0x53425355;

/** The bytes as a command wrapper, or null when they are none. */
export function decodeCommandBlock(bytes: Buffer): CommandBlock | null {
  if (bytes.length !== WRAPPER_BYTES || bytes.readUInt32LE(0) !== CBW_SIGNATURE) return null;
  return {
    tag: bytes.readUInt32LE(4),
    dataLength: bytes.readUInt32LE(8),
    direction: (bytes.readUInt8(12) & 0x80) === 0 ? "out" : "in",
    lun: bytes.readUInt8(13) & 0x0f,
    command: bytes.subarray(15),
  };
}

/** The status wrapper that ends a command (Bulk-Only Transport 1.0, 5.2). */
export function encodeStatus(tag: number, residue: number, passed: boolean): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32LE(CSW_SIGNATURE, 0);
  bytes.writeUInt32LE(tag, 4);
  bytes.writeUInt32LE(residue, 8);
  bytes.writeUInt8(passed ? 0 : 1, 12);
  return bytes;
}
