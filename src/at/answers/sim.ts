import type { AtResponse } from "../types.ts";
import { fieldsOf, findFields, numberOf } from "./fields.ts";

/** What stands between the SIM and its use. */
export type SimState = "ready" | "pin" | "puk" | "missing" | "busy" | "failure" | "otherLock" | "unknown";

/** 27.007, 9.2.1: the error codes that speak of the SIM. */
const CME_SIM: Readonly<Record<number, SimState>> = {
  10: "missing",
  11: "pin",
  12: "puk",
  13: "failure",
  14: "busy",
  15: "failure",
  17: "otherLock",
  18: "otherLock",
};

/** The same in words, as sticks say it that know CMEE=2 only. */
const SIM_WORDS: readonly (readonly [RegExp, SimState])[] = [
  [/not inserted|no sim|absent/i, "missing"],
  [/pin2|puk2/i, "otherLock"],
  [/puk required/i, "puk"],
  [/pin required/i, "pin"],
  [/sim busy|not ready|powered off/i, "busy"],
  [/sim failure|sim wrong|sim blocked/i, "failure"],
];

/** `+CPIN: <code>` or its error (27.007, 8.3). A code that concerns other locks (PH-SIM, network) is `otherLock`. */
export function parseSimState(response: Pick<AtResponse, "lines" | "final">): SimState {
  const { final } = response;
  if (final.kind === "CME" || final.kind === "CMS") {
    if (final.code !== null) return (final.kind === "CME" ? CME_SIM[final.code] : CMS_SIM[final.code]) ?? "unknown";
    return SIM_WORDS.find(([words]) => words.test(final.text))?.[1] ?? "unknown";
  }
  const code = findFields(response.lines, "+CPIN")?.[0]?.toUpperCase();
  if (code === undefined) return "unknown";
  if (code === "READY") return "ready";
  if (code === "SIM PIN") return "pin";
  if (code === "SIM PUK") return "puk";
  // PIN2 guards the SIM's phone book and charging, not its use.
  if (code === "SIM PIN2" || code === "SIM PUK2") return "ready";
  if (/NOT INSERTED|NOT_INSERTED|ABSENT|REMOVED/.test(code)) return "missing";
  return /^(?:PH-|SIM)/.test(code) ? "otherLock" : "unknown";
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

/** Commands that tell how many attempts at the PIN are left, in the order to try them. */
export const PIN_ATTEMPT_QUERIES = ['AT+CPINR="SIM PIN"', "AT^CPIN?", "AT+CPINC?", "AT+QPINC?", "AT+SPIC"] as const;

/**
 * Attempts left for the SIM's PIN, null when the answer does not tell.
 * `+CPINR: SIM PIN,3[,3]` (27.007, 8.65); Huawei `^CPIN: SIM PIN,[times],<puk>,<pin>,<puk2>,<pin2>`; Sierra `+CPINC: <pin>,<pin2>,…`;
 * Quectel `+QPINC: "SC",<pin>,<puk>`; SIMCom `+SPIC: <pin>,<puk>,…`.
 */
export function parsePinAttempts(lines: readonly string[]): number | null {
  for (const line of lines) {
    const standard = fieldsOf(line, "+CPINR");
    if (standard?.[0]?.toUpperCase() === "SIM PIN") return numberOf(standard[1]);
    const huawei = fieldsOf(line, "^CPIN");
    if (huawei !== null && huawei.length >= 4) return numberOf(huawei[3]);
    const quectel = fieldsOf(line, "+QPINC");
    if (quectel?.[0] === "SC") return numberOf(quectel[1]);
    const first = fieldsOf(line, "+CPINC") ?? fieldsOf(line, "+SPIC");
    if (first !== null) return numberOf(first[0]);
  }
  return null;
}
