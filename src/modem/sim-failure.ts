import { FailureError, type FailureKind } from "../../machines/failure.ts";
import type { SimState } from "../at/answers/sim.ts";

/** Why a SIM in this state is of no use. */
const WHY: Readonly<Record<Exclude<SimState, "ready">, readonly [FailureKind, string]>> = {
  missing: ["SimMissing", "there is no SIM in the modem"],
  pin: ["SimPinNeeded", "the SIM still asks for its PIN"],
  puk: ["SimPukNeeded", "the SIM is locked and asks for its PUK"],
  blocked: ["SimBlocked", "the SIM is blocked for good"],
  otherLock: ["SimWrong", "the modem is locked to another network or SIM"],
  busy: ["SimBusy", "the SIM did not get ready in time"],
  unknown: ["SimBusy", "the modem does not tell what its SIM needs"],
  failure: ["SimFailure", "the modem cannot use this SIM"],
};

/** The failure that a SIM in this state is, as `AT+CPIN?` told it. */
export function simFailure(state: Exclude<SimState, "ready">, port: string): FailureError {
  const [kind, what] = WHY[state];
  return new FailureError(kind, `${port}: ${what}`, { tried: "AT+CPIN?" });
}
