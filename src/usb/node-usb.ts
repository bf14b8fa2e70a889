/**
 * What we use of the `usb` package (3.x, on Rust's nusb): the WebUSB API with a few additions. Its own types lean on
 * the browser's, which are not part of a Node program.
 */
export interface NodeUsb {
  getDevices(): Promise<readonly NodeUsbDevice[]>;
  addEventListener(type: "connect" | "disconnect", listener: (event: { device: NodeUsbDevice }) => void): void;
  removeEventListener(type: "connect" | "disconnect", listener: (event: { device: NodeUsbDevice }) => void): void;
}

export interface NodeUsbDevice {
  /** The kernel's bus number as text, `001`. */
  readonly bus: string;
  readonly address: number;
  /** From the root hub down; empty for the root hub itself. */
  readonly ports: readonly number[];
  /** The major number of bcdUSB: 3 for what runs at SuperSpeed. */
  readonly usbVersionMajor: number;
  readonly vendorId: number;
  readonly productId: number;
  readonly configuration: { readonly interfaces: readonly NodeUsbInterface[] } | null | undefined;
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  selectConfiguration(value: number): Promise<void>;
  claimInterface(interfaceNumber: number): Promise<void>;
  releaseInterface(interfaceNumber: number): Promise<void>;
  detachKernelDriver(interfaceNumber: number): Promise<void>;
  attachKernelDriver(interfaceNumber: number): Promise<void>;
  clearHalt(direction: "in" | "out", endpointNumber: number): Promise<void>;
  transferIn(endpointNumber: number, length: number, timeoutMs: number): Promise<{ data?: DataView; status?: string }>;
  transferOut(endpointNumber: number, data: Uint8Array, timeoutMs: number): Promise<{ status?: string }>;
  controlTransferIn(
    setup: ControlSetup,
    length: number,
    timeoutMs: number,
  ): Promise<{ data?: DataView; status?: string }>;
  controlTransferOut(setup: ControlSetup, data: Uint8Array, timeoutMs: number): Promise<{ status?: string }>;
}

/** A setup packet (USB 2.0, 9.3) in WebUSB's words. */
export interface ControlSetup {
  readonly requestType: "standard" | "class" | "vendor";
  readonly recipient: "device" | "interface" | "endpoint" | "other";
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

export interface NodeUsbInterface {
  readonly interfaceNumber: number;
  readonly alternate: {
    readonly interfaceClass: number;
    readonly endpoints: readonly {
      readonly endpointNumber: number;
      readonly direction: string;
      readonly type: string;
      readonly packetSize: number;
    }[];
  };
}

/**
 * Loads the package when it is first needed: on a platform it has no binary for (armv6), the rest still works.
 * Rejects with what the loading of its binary failed with.
 */
export async function loadNodeUsb(): Promise<NodeUsb> {
  const { usb } = await import("usb");
  return usb as unknown as NodeUsb;
}
