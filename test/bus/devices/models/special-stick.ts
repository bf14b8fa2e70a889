import type { DeviceDescription, Heard, Identity, InterfaceDescription, Trigger } from "../description.ts";
import { DEFAULT_REENUMERATE_MS, type DeviceParams, type ModelCall, storageInterface, vendorSerial } from "./common.ts";
import { type SpecialMode, specialMode } from "./special-modes.ts";

export interface SpecialStickParams extends DeviceParams {
  readonly mode: SpecialMode;
  /** How often it takes the right thing and stays what it is. Default 0. */
  readonly ignored?: number;
  /** From the switch to the return as another device. Default 500. */
  readonly reenumerateMs?: number;
}

/**
 * A stick that leaves its storage mode by one of usb_modeswitch's methods and no other way: every byte and every field
 * of a request counts, and the order of several. Then it has one serial port that says nothing.
 */
export function specialStick(
  mode: SpecialMode,
  params: Omit<SpecialStickParams, "mode"> = {},
): ModelCall<"specialStick", SpecialStickParams> {
  return { model: "specialStick", params: { ...params, mode } };
}

export function describeSpecialStick(params: SpecialStickParams): DeviceDescription {
  const { id, becomes, heard, first = storageInterface(1), after = SILENT_PORT } = specialMode(params.mode);
  const common: Omit<Identity, "interfaces"> = {
    vendorId: id[0],
    productId: id[1],
    strings: { manufacturer: "Emulated", product: `stick of ${params.mode}`, serial: "", ...params.strings },
    powerMilliamps: 500,
    triggers: [],
    luns: [{ kind: "cd-rom", blocks: 256 }],
  };
  const modem: Identity = { ...common, vendorId: becomes[0], productId: becomes[1], interfaces: after };
  const storage: Identity = {
    ...common,
    interfaces: [first],
    triggers: [triggerOf(heard, params.ignored ?? 0)],
    ...(params.mode === "configuration"
      ? { otherConfigurations: [{ value: 3, interfaces: after }], triggers: [] }
      : {}),
  };
  // Sony's is asked once more when it is back, and only then may its other configuration be selected.
  const sony: Partial<Identity> = {
    otherConfigurations: [{ value: 2, interfaces: after, isLocked: true }],
    triggers: heard === "eject" || heard === "nothing" ? [] : [{ on: "sequence", heard, becomes: null }],
  };
  return {
    first: "storage",
    identities: { storage, modem: params.mode === "sony" ? { ...modem, ...sony } : modem },
    reenumerateMs: params.reenumerateMs ?? DEFAULT_REENUMERATE_MS,
  };
}

function triggerOf(heard: readonly Heard[] | "eject" | "nothing", ignored: number): Trigger {
  if (heard === "eject") return { on: "eject", becomes: "modem" };
  if (heard === "nothing") return { on: "time", afterMs: BY_ITSELF_AFTER_MS, becomes: "modem" };
  return { on: "sequence", heard, becomes: "modem", ignored };
}

/** Long enough for everything to be done to it that will be. */
const BY_ITSELF_AFTER_MS = 6_000;

/** Nothing answers on it, so that a modem is looked for in vain. */
const SILENT_PORT: readonly InterfaceDescription[] = [vendorSerial("serial silent", [0xff, 0xff, 0xff], 2)];
