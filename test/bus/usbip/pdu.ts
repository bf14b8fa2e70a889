/**
 * The messages that vhci_hcd exchanges with a device server, as bytes. All numbers are big-endian, except inside the
 * eight setup bytes. Source: Linux, Documentation/usb/usbip_protocol.rst and drivers/usb/usbip/usbip_common.h.
 */
export const HEADER_BYTES = 48;

const CMD_SUBMIT = 1;
const CMD_UNLINK = 2;
const RET_SUBMIT = 3;
const RET_UNLINK = 4;

/** Larger transfers than any driver here asks for are refused rather than buffered (usb-storage: 240 sectors). */
export const MAX_TRANSFER = 16 * 1024 * 1024;

/** One transfer that the kernel's driver asks for. */
export interface Submit {
  readonly kind: "submit";
  readonly seqnum: number;
  readonly direction: "in" | "out";
  /** Endpoint number, 0–15, without the direction bit. */
  readonly endpoint: number;
  /** Bytes wanted (IN) or carried (OUT). */
  readonly length: number;
  /** The setup packet; meaningful on endpoint 0 only. */
  readonly setup: Buffer;
  /** The bytes of an OUT transfer; empty for IN. */
  readonly data: Buffer;
}

/** The kernel takes a transfer back. */
export interface Unlink {
  readonly kind: "unlink";
  readonly seqnum: number;
  /** The transfer that is taken back. */
  readonly target: number;
}

export type Command = Submit | Unlink;

/**
 * How many bytes the message that starts with this header has in all.
 * @throws when the header is no command of the protocol; the connection is of no use then.
 */
export function commandLength(header: Buffer): number {
  const command = header.readUInt32BE(0);
  if (command === CMD_UNLINK) return HEADER_BYTES;
  if (command !== CMD_SUBMIT) throw new Error(`USB/IP: unknown command ${command}`);
  const length = header.readInt32BE(24);
  if (length < 0 || length > MAX_TRANSFER) throw new Error(`USB/IP: a transfer of ${length} bytes`);
  const isochronousPackets = header.readInt32BE(32);
  // 0xffffffff is what newer kernels send for "not isochronous".
  if (isochronousPackets > 0) throw new Error("USB/IP: isochronous transfers are not served");
  return HEADER_BYTES + (header.readUInt32BE(12) === 0 ? length : 0);
}

/** Decodes one whole message. The data is a view of `message`, not a copy. */
export function decodeCommand(message: Buffer): Command {
  const seqnum = message.readUInt32BE(4);
  if (message.readUInt32BE(0) === CMD_UNLINK) return { kind: "unlink", seqnum, target: message.readUInt32BE(20) };
  return {
    kind: "submit",
    seqnum,
    direction: message.readUInt32BE(12) === 0 ? "out" : "in",
    endpoint: message.readUInt32BE(16),
    length: message.readInt32BE(24),
    setup: message.subarray(40, HEADER_BYTES),
    data: message.subarray(HEADER_BYTES),
  };
}

/** The kernel's side of the codec; here for tests, which play the kernel. */
export function encodeCommand(command: Command): Buffer {
  const data = command.kind === "submit" ? command.data : Buffer.alloc(0);
  const message = Buffer.alloc(HEADER_BYTES + data.length);
  message.writeUInt32BE(command.kind === "submit" ? CMD_SUBMIT : CMD_UNLINK, 0);
  message.writeUInt32BE(command.seqnum, 4);
  if (command.kind === "unlink") {
    message.writeUInt32BE(command.target, 20);
    return message;
  }
  message.writeUInt32BE(command.direction === "out" ? 0 : 1, 12);
  message.writeUInt32BE(command.endpoint, 16);
  message.writeInt32BE(command.length, 24);
  command.setup.copy(message, 40);
  data.copy(message, HEADER_BYTES);
  return message;
}

/** The answer to a transfer. `actual` is what was moved; `data` goes along for IN only. `status` is 0 or a negative errno. */
export function encodeReturn(seqnum: number, status: number, actual: number, data?: Buffer): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + (data?.length ?? 0)).fill(0, 0, HEADER_BYTES);
  message.writeUInt32BE(RET_SUBMIT, 0);
  message.writeUInt32BE(seqnum, 4);
  message.writeInt32BE(status, 20);
  message.writeInt32BE(actual, 24);
  data?.copy(message, HEADER_BYTES);
  return message;
}

/** The answer to an unlink: −ECONNRESET when the transfer was still pending, 0 when it had been answered before. */
export function encodeUnlinkReturn(seqnum: number, wasPending: boolean): Buffer {
  const ECONNRESET = 104;
  const message = Buffer.alloc(HEADER_BYTES);
  message.writeUInt32BE(RET_UNLINK, 0);
  message.writeUInt32BE(seqnum, 4);
  message.writeInt32BE(wasPending ? -ECONNRESET : 0, 20);
  return message;
}
