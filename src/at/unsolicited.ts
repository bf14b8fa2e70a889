/** The names a command line asks about, upper case: `AT+CREG?;+CSQ` asks about `+CREG` and `+CSQ`. */
export function namesAsked(command: string): ReadonlySet<string> {
  return new Set((command.toUpperCase().match(/[+^$#*%&_][A-Z][A-Z0-9]*/g) ?? []).filter((name) => name[0] !== "&"));
}

/** A line that starts like a result code of an extended command: `+CREG: 1`, `^RSSI:17`, `$QCSIMAPP: 1`. */
const EXTENDED = /^([+^$#*%_][A-Z][A-Z0-9]*)\s*:/;

/** What a modem says by itself without a colon (V.250, 6.3; 27.007, 6.11; vendors' boot notices). */
const BARE =
  /^(?:RING|NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE|RDY|Call Ready|SMS Ready|PB DONE|SMS DONE|NORMAL POWER DOWN)$/;

/**
 * Whether a line that is no final result was not asked for. While a command runs, a line belongs to it when
 * it carries the command's own name or no name at all (`AT+CGSN` answers with a bare number).
 */
export function isUnsolicited(line: string, asked: ReadonlySet<string> | null): boolean {
  if (BARE.test(line)) return true;
  const name = EXTENDED.exec(line.toUpperCase())?.[1];
  if (name === undefined) return false;
  if (asked === null) return true;
  if (asked.has(name)) return false;
  // ATI ends with the modem's capabilities on many sticks; +CCID is answered as +ICCID and the reverse.
  if (name === "+GCAP") return false;
  return !(name.endsWith("CCID") && [...asked].some((other) => other.endsWith("CCID")));
}
