/**
 * How the RT2570 and its driver wrap frames on the bulk endpoints. All words are little-endian. Source: Linux,
 * drivers/net/wireless/ralink/rt2x00/rt2500usb.h (TXD_*, RXD_*).
 */
import type { AirFrame } from "./air.ts";

const TX_DESCRIPTOR_BYTES = 20;
const RX_DESCRIPTOR_BYTES = 16;
const CHECK_SEQUENCE_BYTES = 4;
/** CCK rates in 100 kbit/s, as the receiver's descriptor has them, by their code in the sender's. */
const CCK_RATES = [10, 20, 55, 110] as const;
/** The driver takes 120 off for dBm. */
const RSSI = 120 - 40;

/** The frame in an OUT transfer: descriptor, frame, padding. Null: it holds none. */
export function readTransmission(data: Buffer): AirFrame | null {
  if (data.length < TX_DESCRIPTOR_BYTES) return null;
  const word0 = data.readUInt32LE(0);
  const bytes = data.subarray(TX_DESCRIPTOR_BYTES, TX_DESCRIPTOR_BYTES + ((word0 >>> 16) & 0xfff));
  if (bytes.length < 10) return null;
  const signal = data.readUInt32LE(8) & 0xff;
  // Bit 3 of a CCK rate is the short preamble.
  return (word0 & 0x800) !== 0
    ? { bytes, modulation: "ofdm", rate: signal }
    : { bytes, modulation: "cck", rate: signal & 3 };
}

/** The IN transfer for a frame that was heard: frame, check sequence, descriptor. */
export function writeReception(frame: AirFrame, to: "me" | "multicast" | "others", isOwnBss: boolean): Buffer {
  const size = frame.bytes.length + CHECK_SEQUENCE_BYTES;
  const transfer = Buffer.alloc(size + RX_DESCRIPTOR_BYTES);
  frame.bytes.copy(transfer);
  const isOfdm = frame.modulation === "ofdm";
  const flags = { me: 0x02, multicast: 0x04, others: 0 }[to] | (isOwnBss ? 0x10 : 0) | (isOfdm ? 0x40 : 0);
  transfer.writeUInt32LE(((size << 16) | flags) >>> 0, size);
  const signal = isOfdm ? frame.rate : (CCK_RATES[frame.rate] ?? 10);
  transfer.writeUInt32LE((signal << 8) | RSSI, size + 4);
  return transfer;
}
