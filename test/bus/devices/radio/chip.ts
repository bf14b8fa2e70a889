import type { InEndpoint } from "../../usbip/in-endpoint.ts";
import type { SetupPacket } from "../../usbip/setup-packet.ts";
import type { Air } from "./air.ts";

/** A WiFi chip at the level of its registers and endpoints. */
export interface Chip {
  /** A vendor request: bytes for IN, empty to acknowledge OUT, null to stall; a promise that never resolves: silence. */
  control(setup: SetupPacket, data: Buffer): Buffer | null | Promise<Buffer | null>;
  /** The bytes of a transfer to this endpoint; they are the chip's from then on. */
  out(endpoint: number, data: Buffer): void;
  /** It has lost its power. */
  stop(): void;
}

/** What a chip can reach. */
export interface ChipWorld {
  readonly air: Air;
  readonly bulkIn: InEndpoint;
  readonly log: (text: string) => void;
}

/** @throws for what is no MAC address. */
export function macBytes(mac: string): Buffer {
  if (!/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) throw new Error(`${mac} is no MAC address`);
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}
