import { printable } from "../../machines/failure.ts";
import type { AtFinal } from "./types.ts";

/** What the command in progress allows its final line to look like. */
export interface FinalContext {
  /** A call is being made, so the call's own results end the command (else they are unsolicited). */
  readonly dialling: boolean;
  /** A lone digit is a numeric result code (V.250, 6.2.6: V0) and not an answer. */
  readonly numeric: boolean;
}

/** V.250, table 1. 2 (RING) is unsolicited; 5 is CONNECT 1200 in the Hayes set that V.250 leaves to the maker. */
const NUMERIC: Readonly<Record<string, AtFinal>> = {
  "0": { kind: "OK" },
  "1": { kind: "CONNECT", speed: null },
  "3": { kind: "NO CARRIER" },
  "4": { kind: "ERROR" },
  "6": { kind: "NO DIALTONE" },
  "7": { kind: "BUSY" },
  "8": { kind: "NO ANSWER" },
};

/** Results that only a call can have (V.250, 6.3.1). `NO DIAL TONE` is how several vendors spell it. */
const CALL: Readonly<Record<string, AtFinal["kind"]>> = {
  "NO CARRIER": "NO CARRIER",
  "NO DIALTONE": "NO DIALTONE",
  "NO DIAL TONE": "NO DIALTONE",
  "NO ANSWER": "NO ANSWER",
  BUSY: "BUSY",
};

/**
 * The line as a final result code, or null when it is none (ITU-T V.250, 5.7.1; 3GPP TS 27.007, 9.2; 27.005, 3.2.5).
 * `COMMAND NOT SUPPORT` and `TOO MANY PARAMETERS` are what Huawei and ZTE sticks say for ERROR.
 */
export function parseFinalResult(line: string, context: FinalContext): AtFinal | null {
  const text = line.trim();
  if (text === "OK") return { kind: "OK" };
  if (text === "ERROR" || text === "COMMAND NOT SUPPORT" || text === "TOO MANY PARAMETERS") return { kind: "ERROR" };
  const extended = /^\+(CME|CMS) ERROR:\s*(.*)$/.exec(text);
  if (extended) {
    const detail = extended[2] ?? "";
    const code = /^[0-9]{1,5}$/.test(detail) ? Number(detail) : null;
    return { kind: extended[1] === "CMS" ? "CMS" : "CME", code, text: printable(detail, 100) };
  }
  const connect = /^CONNECT(?:\s+(.*))?$/.exec(text);
  if (connect) return { kind: "CONNECT", speed: connect[1] ? printable(connect[1].trim(), 60) : null };
  if (context.dialling) {
    const call = CALL[text];
    if (call !== undefined) return { kind: call } as AtFinal;
  }
  if (context.numeric) {
    const result = NUMERIC[text];
    if (result !== undefined && (context.dialling || result.kind === "OK" || result.kind === "ERROR")) return result;
  }
  return null;
}
