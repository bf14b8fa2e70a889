import type { UsbDevice } from "../hotplug/types.ts";
import type { SwitchPlan } from "../rules/types.ts";

/**
 * Sends what the plan says. Resolves when all is sent (also when the device vanished while the last step was
 * under way: that is what success looks like). Rejects: SwitchRefused, SwitchUnsupported, DeviceGone.
 */
export type SwitchMode = (input: { device: UsbDevice; plan: SwitchPlan }, signal: AbortSignal) => Promise<void>;
