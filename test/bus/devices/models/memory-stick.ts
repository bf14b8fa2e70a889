import type { DeviceDescription } from "../description.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall, storageInterface } from "./common.ts";

export interface MemoryStickParams extends DeviceParams {
  /** Size in 512-byte sectors. Default 16384, that is 8 MiB. */
  readonly sectors?: number;
}

/** Storage that is storage: every sector holds its own number, over and over, as 32-bit big-endian words. */
export function memoryStick(params: MemoryStickParams = {}): ModelCall<"memoryStick", MemoryStickParams> {
  return { model: "memoryStick", params };
}

export function describeMemoryStick(params: MemoryStickParams): DeviceDescription {
  return {
    first: "storage",
    identities: {
      storage: {
        vendorId: 0x0781,
        productId: 0x5567,
        strings: { manufacturer: "SanDisk", product: "Cruzer Blade", serial: "4C530001", ...params.strings },
        powerMilliamps: 200,
        interfaces: [storageInterface(1)],
        triggers: [],
        luns: [{ kind: "disk", blocks: params.sectors ?? 16384 }],
      },
    },
    reenumerateMs: DEFAULT_REENUMERATE_MS,
  };
}
