import type { InEndpoint } from "../usbip/in-endpoint.ts";
import type { SetupPacket } from "../usbip/setup-packet.ts";

/** The behaviour behind one interface, for as long as its identity is attached. */
export interface UsbFunction {
  /** The bytes of an OUT transfer. A promise holds the acknowledgement back until it resolves. */
  out?(data: Buffer): Promise<void> | undefined;
  /** A class or vendor request to this interface: bytes for IN, empty to acknowledge OUT, null to stall. */
  control?(setup: SetupPacket, data: Buffer): Buffer | null;
  /** The device is gone from the bus. */
  stop?(): void;
}

/** The IN endpoints of an interface, by type. */
export interface Pipes {
  readonly bulkIn: InEndpoint;
  readonly interruptIn: InEndpoint;
}
