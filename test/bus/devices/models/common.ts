import type { InterfaceDescription, Role, Strings } from "../description.ts";
import type { ModemParams } from "../serial/modem-params.ts";

/** A model by name with its parameters, as the host sends it to the guest. */
export interface ModelCall<Name extends string = string, Params = unknown> {
  readonly model: Name;
  readonly params: Params;
}

/** What every model takes. */
export interface DeviceParams {
  readonly strings?: Partial<Strings>;
}

/** What every modem takes: its own delays, and anything of the AT side. */
export interface ModemModelParams extends DeviceParams {
  /** From the switch to the return as another device. Default 500. */
  readonly reenumerateMs?: number;
  readonly modem?: Partial<ModemParams>;
}

export const DEFAULT_REENUMERATE_MS = 500;

/** A bulk-only storage interface of transparent SCSI commands on endpoint `endpoint`, both directions. */
export function storageInterface(endpoint: number): InterfaceDescription {
  return {
    class: 0x08,
    subclass: 0x06,
    protocol: 0x50,
    role: "mass-storage",
    endpoints: [
      { address: 0x80 + endpoint, type: "bulk" },
      { address: endpoint, type: "bulk" },
    ],
  };
}

/** A vendor-specific serial port, bulk on `endpoint`; with `interrupt` also an endpoint for line states. */
export function vendorSerial(
  role: Role,
  codes: readonly [number, number, number],
  endpoint: number,
  interrupt?: number,
): InterfaceDescription {
  return {
    class: codes[0],
    subclass: codes[1],
    protocol: codes[2],
    role,
    endpoints: [
      ...(interrupt === undefined ? [] : [{ address: 0x80 + interrupt, type: "interrupt" } as const]),
      { address: 0x80 + endpoint, type: "bulk" },
      { address: endpoint, type: "bulk" },
    ],
  };
}
