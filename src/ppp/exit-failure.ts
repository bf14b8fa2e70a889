import type { FailureKind } from "../../machines/failure.ts";

/** How pppd ended. */
export interface PppdExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** IPCP was up at some time. */
  readonly wasUp: boolean;
  readonly authenticationFailed: boolean;
  readonly negotiationTimedOut: boolean;
}

/** pppd(8), EXIT STATUS. */
const STATUS: Readonly<Record<number, readonly [FailureKind, string]>> = {
  1: ["SystemRefused", "pppd met a fatal error"],
  2: ["Internal", "pppd refused its options"],
  3: ["SystemRefused", "pppd may only be run by root"],
  4: ["SystemRefused", "the kernel has no PPP support"],
  5: ["LinkLost", "pppd was ended from outside"],
  6: ["PortBusy", "the serial port is locked"],
  7: ["DeviceGone", "the serial port could not be opened"],
  8: ["LinkLost", "the call was not made"],
  9: ["Internal", "pppd could not run its pty program"],
  10: ["NegotiationFailed", "the PPP negotiation failed"],
  11: ["NegotiationFailed", "the network would not authenticate itself"],
  12: ["LinkLost", "the link was idle"],
  13: ["LinkLost", "the connect time was over"],
  14: ["NegotiationFailed", "the network wants to call back"],
  15: ["LinkLost", "the modem's PPP no longer answers"],
  16: ["LinkLost", "the modem hung up"],
  17: ["LinkLooped", "the line echoes our own packets"],
  18: ["Internal", "pppd could not run its init program"],
  19: ["AuthenticationRefused", "the network refused our user name or password"],
  127: ["ProgramMissing", "pppd could not be run"],
};

/** What pppd's end means, as a kind and a sentence. Exit status 0 is the peer's wish when the link was up. */
export function exitFailure(exit: PppdExit): { kind: FailureKind; sentence: string } {
  if (exit.authenticationFailed && !exit.wasUp)
    return { kind: "AuthenticationRefused", sentence: "the network refused our user name or password" };
  // The modem usually hangs up after such an end, and pppd's status then tells that alone.
  if (exit.negotiationTimedOut && !exit.wasUp)
    return { kind: "NegotiationFailed", sentence: "the network did not answer the PPP negotiation" };
  if (exit.signal !== null) return { kind: "ProcessCrashed", sentence: `pppd was ended by ${exit.signal}` };
  if (exit.code === 0)
    return exit.wasUp
      ? { kind: "LinkLost", sentence: "the network ended the link" }
      : { kind: "NegotiationFailed", sentence: "the network ended the PPP negotiation" };
  // A peer that ends a running link leaves status 10 or 0, depending on what it closes first.
  if (exit.code === 10 && exit.wasUp) return { kind: "LinkLost", sentence: "the network ended the link" };
  const known = STATUS[exit.code ?? -1];
  return known
    ? { kind: known[0], sentence: known[1] }
    : { kind: "ProcessCrashed", sentence: `pppd ended with status ${exit.code}` };
}
