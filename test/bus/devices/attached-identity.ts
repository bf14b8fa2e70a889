import type { Duplex } from "node:stream";
import { DeviceServer, type UsbDeviceLogic } from "../usbip/device-server.ts";
import { requestKind, type SetupPacket } from "../usbip/setup-packet.ts";
import type { Attached, Identity, InterfaceDescription, LunDescription } from "./description.ts";
import type { DeviceLog } from "./device-log.ts";
import { createFunctions, type FunctionTable } from "./functions.ts";
import type { HubPorts } from "./hub/hub-ports.ts";
import type { Modem } from "./serial/modem.ts";
import { answerStandardRequest, SET_CONFIGURATION } from "./standard-requests.ts";
import { createMedium } from "./storage/disk.ts";
import { type LogicalUnit, NO_SENSE } from "./storage/scsi.ts";
import { TriggerWatch } from "./trigger-watch.ts";

export interface AttachedIdentityOptions {
  readonly identity: Identity;
  readonly modem: Modem | null;
  readonly hub: HubPorts | null;
  readonly log: DeviceLog;
  /** A trigger was pulled; its answer is already on its way. */
  readonly onTrigger: (becomes: string) => void;
  /** The kernel has reset the device and set it up again. */
  readonly onUsbReset: () => void;
  /** The connection has ended, by either side. */
  readonly onClosed: () => void;
}

/** One identity on the bus: answers the kernel until it is closed. */
export class AttachedIdentity implements UsbDeviceLogic, Attached {
  readonly #options: AttachedIdentityOptions;
  readonly #server: DeviceServer;
  readonly #watch: TriggerWatch;
  #functions: FunctionTable;
  #configuration = 0;

  constructor(stream: Duplex, options: AttachedIdentityOptions) {
    this.#options = options;
    this.#server = new DeviceServer(stream, this);
    this.#watch = new TriggerWatch(options.identity.triggers, {
      log: (text) => options.log.add("usb", text),
      pulled: options.onTrigger,
      reports: (count) => this.#sendReports(count),
    });
    this.#functions = this.#functionsOf(options.identity.interfaces);
  }

  yankAfter(bytes: number): void {
    this.#server.yankAfter(bytes);
  }

  close(): void {
    this.#server.close();
  }

  control(setup: SetupPacket, data: Buffer): Buffer | null {
    const heard = this.#watch.control(setup, data);
    if (heard !== null) return heard;
    if (requestKind(setup) !== "standard") {
      // To a hub, wIndex is a port (USB 2.0, table 11-15).
      const number = this.#options.hub === null ? setup.index & 0xff : 0;
      return this.#functions.byInterface.get(number)?.control?.(setup, data) ?? null;
    }
    if (setup.request === SET_CONFIGURATION && !this.#configure(setup.value)) return null;
    return answerStandardRequest(this.#options.identity, this.#configuration, setup);
  }

  out(endpoint: number, data: Buffer): Promise<void> | undefined {
    return this.#functions.byOutEndpoint.get(endpoint)?.out?.(data);
  }

  closed(): void {
    this.#watch.stop();
    this.#stopFunctions();
    this.#options.onClosed();
  }

  /** False: there is no such configuration, or it is locked. */
  #configure(value: number): boolean {
    const { identity, log } = this.#options;
    const other = identity.otherConfigurations?.find((each) => each.value === value);
    if (value > 1 && (other === undefined || (other.isLocked && !this.#watch.isUnlocked))) return false;
    log.add("usb", `configuration ${value}`);
    // A reset itself stays within vhci_hcd: only that the kernel then sets the same configuration again comes through.
    if (value === this.#configuration) this.#options.onUsbReset();
    if (value !== this.#configuration && (other !== undefined || this.#configuration > 1)) {
      this.#stopFunctions();
      this.#functions = this.#functionsOf(other?.interfaces ?? identity.interfaces);
    }
    this.#configuration = value;
    return true;
  }

  #functionsOf(interfaces: readonly InterfaceDescription[]): FunctionTable {
    const { identity, modem, hub, log } = this.#options;
    return createFunctions({ interfaces }, this.#server, {
      modem,
      hub,
      units: identity.luns.map((lun) => createUnit(lun, identity)),
      storageEvents: {
        isMessage: (bytes) => this.#watch.message(bytes),
        command: (opcode, ejected) => {
          const READ_10 = 0x28;
          if (opcode !== READ_10) log.add("scsi", `command ${opcode.toString(16)}${ejected ? ", ejected" : ""}`);
          this.#watch.scsi(opcode, ejected);
        },
      },
    });
  }

  #stopFunctions(): void {
    for (const one of new Set(this.#functions.byInterface.values())) one.stop?.();
  }

  #sendReports(count: number): void {
    const endpoints = this.#options.identity.interfaces.flatMap(({ endpoints }) => endpoints);
    const interrupt = endpoints.find(({ type, address }) => type === "interrupt" && address >= 0x80);
    if (interrupt === undefined) return;
    for (let sent = 0; sent < count; sent++) this.#server.inEndpoint(interrupt.address & 0x0f).send(Buffer.alloc(8));
  }
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
