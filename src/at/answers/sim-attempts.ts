import { fieldsOf, numberOf } from "./fields.ts";

/** How many more times the SIM takes a PIN and a PUK; null where the modem did not say. */
export interface SimAttempts {
  readonly pin: number | null;
  readonly puk: number | null;
}

/**
 * Commands that tell the attempts left, in the order to try them: the standard's own (27.007, 8.65), then the vendors'
 * by how common their sticks are. A modem refuses those it does not know, and none of them uses up an attempt.
 */
export const PIN_ATTEMPT_QUERIES = [
  'AT+CPINR="SIM PIN"',
  "AT^CPIN?",
  "AT+ZPINPUK=?",
  "AT+QPINC?",
  "AT+CPINC?",
  "AT+SPIC",
  "AT#PCT",
  "AT+UPINCNT",
  "AT*EPIN?",
  "AT%PINNUM?",
  "AT_OERCN?",
  "AT^SPIC",
  "AT+CPNNUM",
] as const;

/**
 * Where PIN and PUK stand in answers that count them by position: Huawei `^CPIN`/`%CPIN: <code>,<times>,<puk>,<pin>,…`;
 * Sierra and Wavecom +CPINC, u-blox +UPINCNT, Quectel M95 +QTRPIN and Infineon +XPINCNT `<pin>,<pin2>,<puk>,<puk2>`;
 * SIMCom +SPIC, Ericsson *EPIN, ZTE +ZPINPUK, Option _OERCN, Icera %PINNUM, Altair %CPININFO, Motorola +TPIN `<pin>,<puk>,…`.
 */
const POSITIONS: readonly (readonly [name: string, pin: number, puk: number])[] = [
  ["^CPIN", 3, 2],
  ["%CPIN", 3, 2],
  ["+CPINC", 0, 2],
  ["+UPINCNT", 0, 2],
  ["+QTRPIN", 0, 2],
  ["+XPINCNT", 0, 2],
  ["+SPIC", 0, 1],
  ["*EPIN", 0, 1],
  ["+ZPINPUK", 0, 1],
  ["_OERCN", 0, 1],
  ["%PINNUM", 0, 1],
  ["%CPININFO", 0, 1],
  ["+TPIN", 0, 1],
];

/**
 * The attempts left out of the answer to one of `PIN_ATTEMPT_QUERIES`, null when it does not tell. Telit's #PCT and
 * Cinterion's ^SPIC count whatever +CPIN? asks for at that moment, which the caller names.
 */
export function parseSimAttempts(lines: readonly string[], asksFor: "pin" | "puk" = "pin"): SimAttempts | null {
  const found = lines.flatMap((line) => attemptsIn(line, asksFor) ?? []);
  const pin = found.find((attempts) => attempts.pin !== null)?.pin ?? null;
  const puk = found.find((attempts) => attempts.puk !== null)?.puk ?? null;
  return pin === null && puk === null ? null : { pin, puk };
}

function attemptsIn(line: string, asksFor: "pin" | "puk"): SimAttempts | null {
  for (const [name, pin, puk] of POSITIONS) {
    const fields = fieldsOf(line, name);
    if (fields !== null) return { pin: countOf(fields[pin]), puk: countOf(fields[puk]) };
  }
  const standard = fieldsOf(line, "+CPINR");
  if (standard !== null) return counted(standard[1], nameOf(standard[0]));
  const quectel = fieldsOf(line, "+QPINC");
  if (quectel !== null) return quectel[0] === "SC" ? { pin: countOf(quectel[1]), puk: countOf(quectel[2]) } : null;
  const current = fieldsOf(line, "#PCT") ?? fieldsOf(line, "^SPIC");
  if (current !== null) return counted(current[0], asksFor);
  // Longcheer sticks answer +CPNNUM in a way of their own.
  const words = /^PIN1=([0-9]{1,2}); *PUK1=([0-9]{1,2})(?![0-9])/.exec(line.trim());
  return words === null ? null : { pin: Number(words[1]), puk: Number(words[2]) };
}

function nameOf(code: string | undefined): "pin" | "puk" | null {
  const text = code?.toUpperCase();
  return text === "SIM PIN" ? "pin" : text === "SIM PUK" ? "puk" : null;
}

function counted(field: string | undefined, what: "pin" | "puk" | null): SimAttempts {
  return { pin: what === "pin" ? countOf(field) : null, puk: what === "puk" ? countOf(field) : null };
}

/** A SIM gives 3 and 10; what has more than two digits is a modem's word for "unknown" (999 of MBM sticks). */
function countOf(field: string | undefined): number | null {
  const count = numberOf(field);
  return count !== null && count <= 99 ? count : null;
}
