import { FailureError, type FailureKind } from "../../machines/failure.ts";
import type { Bearer } from "../../machines/modem/effects.ts";
import { parseCallEnd } from "../at/answers/call-end.ts";
import type { AtChannel } from "../at/at-channel.ts";
import type { AtFinal } from "../at/types.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { DialPlan } from "../rules/types.ts";
import { contextCommand } from "./apn.ts";
import { tryCommand } from "./tolerant.ts";

/** A network may take this long to set up a packet call (27.007 gives no figure; V.250's S7 is of this order). */
const DIAL_MS = 45_000;

/** Defines the PDP context (27.007, 10.1.1). Rejects: CommandRefused, Port*, DeviceGone. */
export async function defineContext(
  channel: AtChannel,
  port: PortPath,
  dial: DialPlan,
  bearer: Bearer,
  signal: AbortSignal,
): Promise<void> {
  const command = contextCommand(dial.context, bearer);
  const { final } = await channel.command(command, { timeoutMs: 5_000, signal });
  if (final.kind !== "OK")
    throw new FailureError("CommandRefused", `${port}: the modem refused ${command}${detail(final)}`, {
      tried: command,
    });
}

/**
 * Dials on the data channel; when this resolves the channel reads no more, and the line is pppd's. `asker` is where the
 * reason of a refused call can be asked for. Rejects: NoCarrier, Busy, DialRefused, DialTimeout, Port*, DeviceGone.
 */
export async function call(
  data: AtChannel,
  asker: AtChannel,
  port: PortPath,
  dial: DialPlan,
  signal: AbortSignal,
): Promise<void> {
  let final: AtFinal;
  try {
    ({ final } = await data.command(dial.dial, { timeoutMs: DIAL_MS, signal, dialling: true }));
  } catch (error) {
    if (error instanceof FailureError && error.failure.kind === "PortSilent")
      throw new FailureError("DialTimeout", `${port}: no answer to ${dial.dial} within ${DIAL_MS / 1000} s`, {
        tried: dial.dial,
        cause: error,
      });
    throw error;
  }
  if (final.kind === "CONNECT") return;
  const reason = await callEndReason(asker, signal);
  throw new FailureError(kindOf(final), `${port}: ${dial.dial} was answered ${final.kind}${detail(final)}${reason}`, {
    tried: dial.dial,
  });
}

function kindOf(final: AtFinal): FailureKind {
  switch (final.kind) {
    case "BUSY":
      return "Busy";
    case "NO CARRIER":
    case "NO ANSWER":
    case "NO DIALTONE":
      return "NoCarrier";
    default:
      return "DialRefused";
  }
}

function detail(final: AtFinal): string {
  return final.kind === "CME" || final.kind === "CMS" ? ` (${final.kind} ${final.text})` : "";
}

/** What the network said of the failed call, if the modem knows (27.007, 6.10, +CEER). */
async function callEndReason(asker: AtChannel, signal: AbortSignal): Promise<string> {
  if (!asker.usable) return "";
  const answer = await tryCommand(asker, "AT+CEER", { timeoutMs: 1_500, signal });
  const report = parseCallEnd(answer?.lines ?? []);
  return report === null ? "" : `; the modem says: ${report}`;
}
