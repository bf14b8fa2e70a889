/** The eight bytes that open a control transfer (USB 2.0, 9.3). */
export interface SetupPacket {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly length: number;
}

export function decodeSetup(bytes: Buffer): SetupPacket {
  return {
    requestType: bytes.readUInt8(0),
    request: bytes.readUInt8(1),
    value: bytes.readUInt16LE(2),
    index: bytes.readUInt16LE(4),
    length: bytes.readUInt16LE(6),
  };
}

/** Standard, class or vendor: bits 5–6 of bmRequestType (USB 2.0, table 9-2). */
export function requestKind(setup: SetupPacket): "standard" | "class" | "vendor" {
  const kind = (setup.requestType >> 5) & 3;
  return kind === 0 ? "standard" : kind === 1 ? "class" : "vendor";
}

/** Device, interface, endpoint: bits 0–4 of bmRequestType (USB 2.0, table 9-2). */
export function requestRecipient(setup: SetupPacket): "device" | "interface" | "endpoint" | "other" {
  return (["device", "interface", "endpoint"] as const)[setup.requestType & 0x1f] ?? "other";
}
