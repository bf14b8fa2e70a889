import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DeviceServer, type UsbDeviceLogic } from "../../usbip/device-server.ts";
import { requestKind, type SetupPacket } from "../../usbip/setup-packet.ts";
import type { Attached, Identity } from "../description.ts";
import { answerStandardRequest, SET_CONFIGURATION } from "../standard-requests.ts";
import type { Air } from "./air.ts";
import type { Chip, ChipWorld } from "./chip.ts";
import { Rt2500, type Rt2500Params } from "./rt2500.ts";
import { Rt5370, type Rt5370Params } from "./rt5370.ts";
import { Rtl8187, type Rtl8187Params } from "./rtl8187.ts";

/** What is inside of a dongle, beyond its descriptors. */
export type ChipParams = Slowness &
  (
    | ({ readonly chip: "rt2500" } & Rt2500Params)
    | ({ readonly chip: "rt5370" } & Rt5370Params)
    | ({ readonly chip: "rtl8187" } & Rtl8187Params)
  );

export interface Slowness {
  /**
   * So long it takes to select its configuration: a driver, and its radio, come that much later than the device. The kernel
   * gives up after 5000. Default 0.
   */
  readonly configuresAfterMs?: number;
}

/** All of them have their receiver there. */
const RECEIVER_ENDPOINT = 1;

export interface RadioIdentityOptions {
  readonly identity: Identity;
  readonly params: ChipParams;
  readonly air: Air;
  readonly log: (text: string) => void;
  readonly onClosed: () => void;
}

/** A dongle on the bus: answers the kernel until it is closed. */
export class RadioIdentity implements UsbDeviceLogic, Attached {
  readonly #options: RadioIdentityOptions;
  readonly #server: DeviceServer;
  readonly #chip: Chip;
  #configuration = 0;
  #wasLate = false;

  constructor(stream: Duplex, options: RadioIdentityOptions) {
    this.#options = options;
    this.#server = new DeviceServer(stream, this);
    const { params, air, log } = options;
    this.#chip = createChip(params, { air, log, bulkIn: this.#server.inEndpoint(RECEIVER_ENDPOINT) });
  }

  yankAfter(bytes: number): void {
    this.#server.yankAfter(bytes);
  }

  close(): void {
    this.#server.close();
  }

  control(setup: SetupPacket, data: Buffer): Buffer | null | Promise<Buffer | null> {
    if (requestKind(setup) !== "standard") {
      const isRefused = this.#wasLate;
      this.#wasLate = false;
      return isRefused ? null : this.#chip.control(setup, data);
    }
    if (setup.request === SET_CONFIGURATION) return this.#configure(setup.value);
    return answerStandardRequest(this.#options.identity, this.#configuration, setup);
  }

  out(endpoint: number, data: Buffer): undefined {
    this.#chip.out(endpoint, data);
  }

  /**
   * The drivers of Ralink's chips give a device up at the fourth answer in its life that was too late, which an emulated
   * processor has soon. A refusal in between, after which they try again, lets them forget (rt2x00usb_check_usb_error).
   */
  late(): void {
    this.#wasLate = true;
  }

  closed(): void {
    this.#chip.stop();
    this.#options.onClosed();
  }

  #configure(value: number): Buffer | Promise<Buffer> {
    // The kernel sets it again after each reset, without which it would have a slow driver too.
    const isFirst = this.#configuration === 0;
    this.#configuration = value;
    const { configuresAfterMs = 0 } = this.#options.params;
    return isFirst && configuresAfterMs > 0 ? sleep(configuresAfterMs, Buffer.alloc(0)) : Buffer.alloc(0);
  }
}

function createChip(params: ChipParams, world: ChipWorld): Chip {
  switch (params.chip) {
    case "rt2500":
      return new Rt2500(params, world);
    case "rt5370":
      return new Rt5370(params);
    case "rtl8187":
      return new Rtl8187(params);
  }
}
