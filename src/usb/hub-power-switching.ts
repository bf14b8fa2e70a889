import type { NodeUsb, NodeUsbDevice } from "./node-usb.ts";
import { portOf } from "./port-of.ts";

/** GET_DESCRIPTOR (USB 2.0, table 9-4) with a hub's own descriptor types (USB 2.0, 11.23.2.1; USB 3.2, 10.15.2.1). */
const GET_DESCRIPTOR = 6;
const HUB_DESCRIPTOR = 0x29;
const SUPERSPEED_HUB_DESCRIPTOR = 0x2a;
/** Enough for what is read here: bDescLength, bDescriptorType, bNbrPorts, wHubCharacteristics. */
const READ_BYTES = 8;
const ANSWER_MS = 1_000;

/**
 * The Ethernet chips of the Raspberry Pi up to the 3B+ (LAN951x, LAN7515), which sit behind the board's own hub. That hub
 * says that it switches each port, and all its sockets hang on one switch (as uhubctl's list of hubs has it).
 */
const BOARD_ETHERNET: readonly (readonly [number, number])[] = [
  [0x0424, 0xec00],
  [0x0424, 0x7800],
];

/**
 * Why a hub cannot switch the power of one of its ports by itself, in words that follow the hub's name, or null: it says
 * that it can. That is asked of the hub, since sysfs does not tell; whether the hub's maker really put a switch behind each
 * port, nobody can tell. `hub` is its port path.
 */
export async function switchingObstacle(usb: NodeUsb, hub: string, portNumber: number): Promise<string | null> {
  const devices = await usb.getDevices();
  const device = devices.find((each) => portOf(each) === hub);
  if (device === undefined) return "is not there";
  if (devices.some((each) => isBoardEthernet(each) && portOf(each)?.startsWith(`${hub}.`) === true)) {
    return "is part of the board, whose sockets share one power switch";
  }
  const type = device.usbVersionMajor >= 3 ? SUPERSPEED_HUB_DESCRIPTOR : HUB_DESCRIPTOR;
  try {
    await device.open();
    const { data } = await device.controlTransferIn(
      { requestType: "class", recipient: "device", request: GET_DESCRIPTOR, value: type << 8, index: 0 },
      READ_BYTES,
      ANSWER_MS,
    );
    return data === undefined ? "does not describe its ports" : obstacleIn(data, type, portNumber);
  } catch (error) {
    return `does not describe its ports: ${String(error)}`;
  } finally {
    await device.close().catch(() => undefined);
  }
}

/** Bits 1 and 0 of wHubCharacteristics: 00 all ports together, 01 each port, 1x no switch (USB 2.0, table 11-13). */
function obstacleIn(descriptor: DataView, type: number, portNumber: number): string | null {
  if (descriptor.byteLength < 5 || descriptor.getUint8(1) !== type) return "does not describe its ports";
  if (portNumber > descriptor.getUint8(2)) return `has only ${descriptor.getUint8(2)} ports`;
  const mode = descriptor.getUint16(3, true) & 0b11;
  if (mode === 0b01) return null;
  return mode === 0b00 ? "switches the power of all its ports together" : "cannot switch the power of its ports";
}

function isBoardEthernet({ vendorId, productId }: NodeUsbDevice): boolean {
  return BOARD_ETHERNET.some(([vendor, product]) => vendor === vendorId && product === productId);
}
