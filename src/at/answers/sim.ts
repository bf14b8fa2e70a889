import type { AtResponse } from "../types.ts";
import { findFields } from "./fields.ts";

/** What stands between the SIM and its use. `blocked` is past its last PUK: that card is lost. */
export type SimState = "ready" | "pin" | "puk" | "missing" | "busy" | "failure" | "blocked" | "otherLock" | "unknown";

/**
 * 27.007, 9.2.1: the error codes that speak of the SIM, and of locks of the phone and the network (5–7, 40–47).
 * 262 is the vendors' "SIM blocked"; 515 is Wavecom's and Sierra's "still starting up".
 */
const CME_SIM: Readonly<Record<number, SimState>> = {
  5: "otherLock",
  6: "otherLock",
  7: "otherLock",
  10: "missing",
  11: "pin",
  12: "puk",
  13: "failure",
  14: "busy",
  15: "failure",
  17: "otherLock",
  18: "otherLock",
  40: "otherLock",
  41: "otherLock",
  42: "otherLock",
  43: "otherLock",
  44: "otherLock",
  45: "otherLock",
  46: "otherLock",
  47: "otherLock",
  262: "blocked",
  515: "busy",
};

/**
 * The same in words, in errors and in +CPIN itself. A phone's or network's lock comes before the SIM's: it asks for a PIN
 * too, but not for this one.
 */
const SIM_WORDS: readonly (readonly [RegExp, SimState])[] = [
  [/not[ _]inserted|no sim|absent|removed/i, "missing"],
  [/\bPH-|personali[sz]ation|pin2|puk2/i, "otherLock"],
  [/puk required/i, "puk"],
  [/pin required/i, "pin"],
  [/blocked/i, "blocked"],
  [/busy|not ready|powered off/i, "busy"],
  [/sim (?:failure|wrong|crash)/i, "failure"],
];

/** `+CPIN: <code>` or its error (27.007, 8.3). A code that concerns other locks (PH-SIM, network) is `otherLock`. */
export function parseSimState(response: Pick<AtResponse, "lines" | "final">): SimState {
  const { final } = response;
  if (final.kind === "CME" || final.kind === "CMS") {
    if (final.code !== null) return (final.kind === "CME" ? CME_SIM[final.code] : CMS_SIM[final.code]) ?? "unknown";
    return inWords(final.text) ?? "unknown";
  }
  const code = findFields(response.lines, "+CPIN")?.[0]?.toUpperCase();
  if (code === undefined) return "unknown";
  if (code === "READY") return "ready";
  // R-UIM is what modems that also speak CDMA call the card.
  if (code === "SIM PIN" || code === "R-UIM PIN") return "pin";
  if (code === "SIM PUK" || code === "R-UIM PUK") return "puk";
  // PIN2 guards the SIM's phone book and charging, not its use.
  if (code === "SIM PIN2" || code === "SIM PUK2") return "ready";
  return inWords(code) ?? (/^SIM/.test(code) ? "otherLock" : "unknown");
}

function inWords(text: string): SimState | undefined {
  return SIM_WORDS.find(([words]) => words.test(text))?.[1];
}

/** 27.005, 3.2.5: the message service's errors for the same; some sticks give them to +CPIN?. */
const CMS_SIM: Readonly<Record<number, SimState>> = {
  310: "missing",
  311: "pin",
  313: "failure",
  314: "busy",
  315: "failure",
  316: "puk",
};
