import { FailureError } from "../../machines/failure.ts";
import type { Bearer } from "../../machines/modem/effects.ts";

/** Letters, digits, `-`, `.` and the `_` that some networks use (3GPP TS 23.003, 9.1: at most 100 octets). */
const APN = /^[A-Za-z0-9._-]{1,100}$/;

export function isApn(text: string): boolean {
  return APN.test(text);
}

/**
 * The command that defines the PDP context (27.007, 10.1.1). An empty APN is left out: the network then takes the
 * subscription's own. Rejects, with CommandRefused, what is no APN, as it would be part of a command.
 */
export function contextCommand(context: number, bearer: Pick<Bearer, "apn" | "pdpType">): string {
  if (!Number.isInteger(context) || context < 1 || context > 15)
    throw new FailureError("CommandRefused", `${context} is no PDP context (1–15)`);
  const head = `AT+CGDCONT=${context},"${bearer.pdpType}"`;
  if (bearer.apn === "") return head;
  if (!isApn(bearer.apn)) throw new FailureError("CommandRefused", `“${bearer.apn}” is no APN`);
  return `${head},"${bearer.apn}"`;
}
