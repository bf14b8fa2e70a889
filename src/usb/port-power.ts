import { FailureError } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";

/** Switches a hub port's power off and on. Rejects: StepUnavailable, SystemRefused. */
export async function cyclePortPower(port: PortPath, _signal: AbortSignal): Promise<void> {
  throw new FailureError("StepUnavailable", `the power of port ${port} cannot be switched`);
}
