import type { Duplex } from "node:stream";
import { DeviceServer, type UsbDeviceLogic } from "../usbip/device-server.ts";
import { requestKind, type SetupPacket } from "../usbip/setup-packet.ts";
import type { Identity, LunDescription, Trigger } from "./description.ts";
import type { DeviceLog } from "./device-log.ts";
import { createFunctions, type FunctionTable } from "./functions.ts";
import type { Modem } from "./serial/modem.ts";
import { answerStandardRequest, SET_CONFIGURATION } from "./standard-requests.ts";
import { createMedium } from "./storage/disk.ts";
import { type LogicalUnit, NO_SENSE } from "./storage/scsi.ts";

export interface AttachedIdentityOptions {
  readonly identity: Identity;
  readonly modem: Modem | null;
  readonly log: DeviceLog;
  /** A trigger was pulled; its answer is already on its way. */
  readonly onTrigger: (becomes: string) => void;
  /** The connection has ended, by either side. */
  readonly onClosed: () => void;
}

/** One identity on the bus: answers the kernel until it is closed. */
export class AttachedIdentity implements UsbDeviceLogic {
  readonly #options: AttachedIdentityOptions;
  readonly #server: DeviceServer;
  readonly #functions: FunctionTable;
  #configuration = 0;

  constructor(stream: Duplex, options: AttachedIdentityOptions) {
    this.#options = options;
    this.#server = new DeviceServer(stream, this);
    const { identity, modem } = options;
    this.#functions = createFunctions(identity, this.#server, {
      modem,
      units: identity.luns.map((lun) => createUnit(lun, identity)),
      storageEvents: {
        isMessage: (bytes) => this.#pull((trigger) => trigger.on === "message" && trigger.bytes.equals(bytes)),
        command: (opcode, ejected) => this.#scsiCommand(opcode, ejected),
      },
    });
  }

  yankAfter(bytes: number): void {
    this.#server.yankAfter(bytes);
  }

  close(): void {
    this.#server.close();
  }

  control(setup: SetupPacket, data: Buffer): Buffer | null {
    if (this.#pull((trigger) => isPulledBy(trigger, setup))) return Buffer.alloc(0);
    if (requestKind(setup) !== "standard") {
      return this.#functions.byInterface.get(setup.index & 0xff)?.control?.(setup, data) ?? null;
    }
    if (setup.request === SET_CONFIGURATION) {
      this.#configuration = setup.value;
      this.#options.log.add("usb", `configuration ${setup.value}`);
    }
    return answerStandardRequest(this.#options.identity, this.#configuration, setup);
  }

  out(endpoint: number, data: Buffer): Promise<void> | undefined {
    return this.#functions.byOutEndpoint.get(endpoint)?.out?.(data);
  }

  closed(): void {
    for (const one of new Set(this.#functions.byInterface.values())) one.stop?.();
    this.#options.onClosed();
  }

  #scsiCommand(opcode: number, ejected: boolean): void {
    const READ_10 = 0x28;
    if (opcode !== READ_10)
      this.#options.log.add("scsi", `command ${opcode.toString(16)}${ejected ? ", ejected" : ""}`);
    this.#pull(
      (trigger) => (trigger.on === "eject" && ejected) || (trigger.on === "scsi" && trigger.opcode === opcode),
    );
  }

  /** Obeys the first trigger that `isPulled`; false when there is none. */
  #pull(isPulled: (trigger: Trigger) => boolean): boolean {
    const trigger = this.#options.identity.triggers.find(isPulled);
    if (trigger === undefined) return false;
    this.#options.log.add("usb", `${trigger.on} makes it ${trigger.becomes}`);
    this.#options.onTrigger(trigger.becomes);
    return true;
  }
}

function isPulledBy(trigger: Trigger, setup: SetupPacket): boolean {
  if (trigger.on === "control") {
    return setup.requestType === trigger.requestType && setup.request === trigger.request;
  }
  const isConfiguration = requestKind(setup) === "standard" && setup.request === SET_CONFIGURATION;
  return trigger.on === "configuration" && isConfiguration && setup.value === trigger.value;
}

function createUnit(lun: LunDescription, { strings }: Identity): LogicalUnit {
  const isEmpty = lun.kind === "empty";
  return {
    kind: isEmpty ? "disk" : lun.kind,
    vendor: strings.manufacturer,
    product: strings.product,
    medium: isEmpty ? null : createMedium(lun.kind, lun.blocks),
    sense: NO_SENSE,
  };
}
