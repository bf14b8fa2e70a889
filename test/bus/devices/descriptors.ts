import { type Identity, type InterfaceDescription, interfaceNumber } from "./description.ts";

/** Descriptor types (USB 2.0, table 9-5). */
const DEVICE = 1;
const CONFIGURATION = 2;
const STRING = 3;
const INTERFACE = 4;
const ENDPOINT = 5;

const ENGLISH = 0x0409;
/** bLength is one byte: 2 of header and at most 126 UTF-16 units (USB 2.0, 9.6.7). */
const MAX_STRING_UNITS = 126;

/**
 * The descriptor that GET_DESCRIPTOR asks for by wValue (type in the high byte, index in the low one), whole;
 * null when there is none.
 */
export function descriptor(identity: Identity, value: number): Buffer | null {
  const index = value & 0xff;
  switch (value >> 8) {
    case DEVICE:
      return deviceDescriptor(identity);
    case CONFIGURATION:
      return configurationDescriptor(identity, index);
    case STRING:
      return stringDescriptor(identity, index);
    default:
      // A device qualifier, too, is refused: that says "no other speed" (USB 2.0, 9.6.2).
      return null;
  }
}

function deviceDescriptor(identity: Identity): Buffer {
  const { vendorId, productId, deviceClass = [0, 0, 0], otherConfigurations = [] } = identity;
  const configurations = 1 + otherConfigurations.length;
  const bytes = Buffer.from([18, DEVICE, 0, 2, ...deviceClass, 64, 0, 0, 0, 0, 0, 1, 1, 2, 3, configurations]);
  bytes.writeUInt16LE(vendorId, 8);
  bytes.writeUInt16LE(productId, 10);
  return bytes;
}

function configurationDescriptor(identity: Identity, index: number): Buffer | null {
  const configuration = [{ value: 1, interfaces: identity.interfaces }, ...(identity.otherConfigurations ?? [])][index];
  if (configuration === undefined) return null;
  const { value, interfaces } = configuration;
  const described = interfaces.map((one, position) =>
    interfaceDescriptors(one, interfaceNumber(configuration, position)),
  );
  const attributes = identity.selfPowered === true ? 0xc0 : 0x80;
  const power = identity.powerMilliamps / 2;
  const head = Buffer.from([9, CONFIGURATION, 0, 0, interfaces.length, value, 0, attributes, power]);
  const whole = Buffer.concat([head, ...described]);
  whole.writeUInt16LE(whole.length, 2);
  return whole;
}

function interfaceDescriptors(one: InterfaceDescription, number: number): Buffer {
  const codes = [one.class, one.subclass, one.protocol];
  const head = Buffer.from([9, INTERFACE, number, 0, one.endpoints.length, ...codes, 0]);
  const endpoints = one.endpoints.map(
    ({ address, type }) =>
      type === "bulk"
        ? Buffer.from([7, ENDPOINT, address, 2, 0x00, 0x02, 0]) // 512 bytes, the only size at high speed
        : Buffer.from([7, ENDPOINT, address, 3, 16, 0, 9]), // 2^(9−1) microframes: 32 ms
  );
  const none = Buffer.alloc(0);
  return Buffer.concat([one.before ?? none, head, one.extra ?? none, ...endpoints]);
}

function stringDescriptor({ strings }: Identity, index: number): Buffer | null {
  if (index === 0) return Buffer.from([4, STRING, ENGLISH & 0xff, ENGLISH >> 8]);
  const text = [strings.manufacturer, strings.product, strings.serial][index - 1];
  if (text === undefined) return null;
  const units = Buffer.from(text.slice(0, MAX_STRING_UNITS), "utf16le");
  return Buffer.concat([Buffer.from([2 + units.length, STRING]), units]);
}
