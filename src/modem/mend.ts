import { FailureError } from "../../machines/failure.ts";
import type { ModemPorts, RecoveryStep } from "../../machines/modem/effects.ts";
import type { AtChannel } from "../at/at-channel.ts";
import { pause } from "../at/pause.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { DialPlan } from "../rules/types.ts";
import type { ModemSession } from "./session.ts";

/** Acts on the USB device from outside, without a word to the modem. */
export interface UsbRecovery {
  /** Rejects: DeviceGone, DeviceRefused. */
  reset(port: PortPath): Promise<void>;
  /** Rejects: StepUnavailable, SystemRefused. */
  cyclePower(port: PortPath, signal: AbortSignal): Promise<void>;
}

export interface MendInput {
  readonly port: PortPath;
  readonly ports: ModemPorts | null;
  readonly step: RecoveryStep;
  readonly dial: DialPlan;
}

/** A modem says goodbye to its network before it answers; 27.007 bounds that by nothing, so this is generous. */
export const RADIO_MS = 15_000;
const RADIO_OFF_MS = 1_000;
const RESET_MS = 5_000;

/** See ModemEffects.mend. */
export async function mend(
  session: ModemSession,
  usb: UsbRecovery,
  { port, ports, step, dial }: MendInput,
  signal: AbortSignal,
): Promise<void> {
  if (step === "usbReset") return usb.reset(port);
  if (step === "powerCycle") return usb.cyclePower(port, signal);
  if (ports === null) throw new FailureError("StepUnavailable", `${port}: no AT port is known to tell the modem by`);
  const channel = await session.channel(ports.at);
  if (step === "radio") await switchRadio(channel, port, signal);
  else await tell(channel, port, dial.reset, RESET_MS, signal);
}

/**
 * Flight mode, or where a modem does not know that, minimum functionality; then full functionality (27.007, 8.2). The radio
 * is switched on again also when the wait was called off, for a modem is not to be left deaf.
 */
async function switchRadio(channel: AtChannel, port: PortPath, signal: AbortSignal): Promise<void> {
  const off = await channel.command("AT+CFUN=4", { timeoutMs: RADIO_MS, signal });
  if (off.final.kind !== "OK") await tell(channel, port, "AT+CFUN=0", RADIO_MS, signal);
  await pause(RADIO_OFF_MS, signal).catch(() => undefined);
  await tell(channel, port, "AT+CFUN=1", RADIO_MS);
}

async function tell(
  channel: AtChannel,
  port: PortPath,
  command: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const { final } = await channel.command(command, { timeoutMs, ...(signal ? { signal } : {}) });
  if (final.kind !== "OK")
    throw new FailureError("CommandRefused", `${port}: the modem refused ${command}`, { tried: command });
}
