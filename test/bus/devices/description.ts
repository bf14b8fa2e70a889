import type { Switching } from "./hub/hub-ports.ts";
import type { ChipParams } from "./radio/radio-identity.ts";

/** What an interface of an emulated device is there for; decides which behaviour is put behind its endpoints. */
export type Role =
  /** Bulk-only storage. */
  | "mass-storage"
  /** A serial port that answers AT commands and sends the unsolicited ones. */
  | "serial AT"
  /** A serial port that answers AT commands and can be dialled on. */
  | "serial data"
  /** Both of the above in one. */
  | "serial AT and data"
  /** A serial port that swallows everything: diagnostics, GPS. */
  | "serial silent"
  /** The communication half of a CDC-ACM function; its data half is the next interface. */
  | "cdc control"
  /** No protocol of its own: hears the messages of a sequence on its OUT endpoint and answers on its interrupt IN. */
  | "messages"
  /** A hub's one interface. */
  | "hub"
  | "hid keyboard"
  /** A WiFi chip, or one of which the kernel never hears more than its descriptors. */
  | "radio";

export interface EndpointDescription {
  /** bEndpointAddress: bit 7 is set for IN. */
  readonly address: number;
  readonly type: "bulk" | "interrupt";
}

export interface InterfaceDescription {
  /** bInterfaceNumber; its own number where interfaces are left out, as real sticks do. Default: the position. */
  readonly number?: number;
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
  readonly role: Role;
  readonly endpoints: readonly EndpointDescription[];
  /** Descriptors that stand before the interface's own: an interface association. */
  readonly before?: Buffer;
  /** Class-specific descriptors, put between interface and endpoints. */
  readonly extra?: Buffer;
}

export interface Strings {
  readonly manufacturer: string;
  readonly product: string;
  readonly serial: string;
}

/** One transfer that a device waits for, to the byte; bytes are hex. */
export type Heard = MessageHeard | RequestHeard;

/** To its bulk or interrupt OUT endpoint. */
export interface MessageHeard {
  readonly message: string;
  /** How many reports of 8 bytes it then has for its interrupt endpoint. */
  readonly reports?: number;
}

/** A control request (USB 2.0, 9.3). */
export interface RequestHeard {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  /** With OUT: what comes along. */
  readonly data?: string;
  /** With IN: wLength. */
  readonly length?: number;
  readonly reports?: number;
}

/** What makes a device change its identity. */
export type Trigger =
  /** These very bytes in one transfer to the storage interface. */
  | { readonly on: "message"; readonly bytes: Buffer; readonly becomes: string }
  /** SCSI START STOP UNIT with LoEj set and Start clear (SBC-3, 5.25). */
  | { readonly on: "eject"; readonly becomes: string }
  /** A SCSI command with this operation code. */
  | { readonly on: "scsi"; readonly opcode: number; readonly becomes: string }
  /** All of these in this order; any other message, class or vendor request in between, and it waits for the first again. */
  | {
      readonly on: "sequence";
      readonly heard: readonly Heard[];
      /** Null: it stays what it is, but its locked configurations may be selected from then on. */
      readonly becomes: string | null;
      /** So many times nothing comes of it. */
      readonly ignored?: number;
    }
  /** By itself, so long after it was attached. */
  | { readonly on: "time"; readonly afterMs: number; readonly becomes: string }
  | { readonly on: "configuration"; readonly value: number; readonly becomes: string };

/** A logical unit behind the 'mass-storage' role. */
export type LunDescription =
  | { readonly kind: "cd-rom" | "disk"; readonly blocks: number }
  /** A card reader without a card. */
  | { readonly kind: "empty" };

/** A configuration beside the first. */
export interface ConfigurationDescription {
  /** bConfigurationValue; the first configuration's is 1. */
  readonly value: number;
  readonly interfaces: readonly InterfaceDescription[];
  /** It is refused until a sequence has unlocked it. */
  readonly isLocked?: boolean;
}

/** One of the faces that a device shows; a stick with integrated storage has two. */
export interface Identity {
  readonly vendorId: number;
  readonly productId: number;
  /** bDeviceClass, bDeviceSubClass and bDeviceProtocol. Default: 0, each interface for itself. */
  readonly deviceClass?: readonly [number, number, number];
  readonly strings: Strings;
  /** bMaxPower in mA. */
  readonly powerMilliamps: number;
  /** It has a supply of its own. */
  readonly selfPowered?: boolean;
  /** Of configuration 1, which the kernel selects. */
  readonly interfaces: readonly InterfaceDescription[];
  readonly otherConfigurations?: readonly ConfigurationDescription[];
  readonly triggers: readonly Trigger[];
  readonly luns: readonly LunDescription[];
  /** Its 'radio' interface has this chip behind it, which answers all that is no standard request. */
  readonly chip?: ChipParams;
}

/** An identity on the bus, wherever it is served. */
export interface Attached {
  /** Pulls the plug in the middle of the transfer that carries the `bytes`th byte from now. */
  yankAfter(bytes: number): void;
  close(): void;
}

/** A whole device: its faces and what is behind them. Whether it has a modem is seen from its roles. */
export interface DeviceDescription {
  readonly identities: Readonly<Record<string, Identity>>;
  /** The identity that it is plugged in with. */
  readonly first: string;
  /** From a trigger until the new identity is attached. */
  readonly reenumerateMs: number;
  /** It is a hub, and has these ports. */
  readonly hub?: { readonly ports: number; readonly switching: Switching };
}

/** The number by which the host knows the interface at this position. */
export function interfaceNumber({ interfaces }: Pick<Identity, "interfaces">, position: number): number {
  return interfaces[position]?.number ?? position;
}

/** Whether any of its identities has a port that answers AT commands. */
export function isModem({ identities }: DeviceDescription): boolean {
  return Object.values(identities).some(hasModem);
}

/** Whether this identity has a port that answers AT commands. */
export function hasModem({ interfaces }: Identity): boolean {
  return interfaces.some(({ role }) => role.startsWith("serial ") && role !== "serial silent");
}

/** Whether any of its identities has a WiFi chip that is emulated. */
export function hasChip({ identities }: DeviceDescription): boolean {
  return Object.values(identities).some(({ chip }) => chip !== undefined);
}
