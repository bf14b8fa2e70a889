/** The names a command line asks about, upper case: `AT+CREG?;+CSQ` asks about `+CREG` and `+CSQ`. */
export function namesAsked(command: string): ReadonlySet<string> {
  return new Set((command.toUpperCase().match(/[+^$#*%&_][A-Z][A-Z0-9]*/g) ?? []).filter((name) => name[0] !== "&"));
}

/** A line that starts like a result code of an extended command: `+CREG: 1`, `^RSSI:17`, `$QCSIMAPP: 1`. */
const EXTENDED = /^([+^$#*%_][A-Z][A-Z0-9]*)\s*:/;

/**
 * What a modem says by itself without a colon (V.250, 6.3; 27.007, 6.11; vendors' boot notices; ZTE +ZEND, u-blox
 * +PBREADY, Option and Sierra +PACSP, Cinterion ^SYSSTART and ^SHUTDOWN, Alcatel +SPECC, Fibocom +SIM READY).
 */
const BARE: ReadonlySet<string> = new Set([
  "RING",
  "NO CARRIER",
  "BUSY",
  "NO ANSWER",
  "NO DIALTONE",
  "NO DIAL TONE",
  "RDY",
  "APP RDY",
  "Call Ready",
  "SMS Ready",
  "PB DONE",
  "SMS DONE",
  "NORMAL POWER DOWN",
  "POWERED DOWN",
  "+ZEND",
  "+PBREADY",
  "+PACSP0",
  "+PACSP1",
  "^SYSSTART",
  "^SYSSTART AIRPLANE MODE",
  "^SHUTDOWN",
  "+SPECC",
  "+CUSATEND",
  "+SIM READY",
  "+SIM DROP",
]);

/** Answers that carry another name than the command: `AT+ZPAS?` on the ZTE K3565-Z. */
const OTHER_NAME: Readonly<Record<string, string>> = { "+BEARTYPE": "+ZPAS" };

/**
 * Whether a line that is no final result was not asked for. While a command runs, a line belongs to it when
 * it carries the command's own name or no name at all (`AT+CGSN` answers with a bare number).
 */
export function isUnsolicited(line: string, asked: ReadonlySet<string> | null): boolean {
  if (BARE.has(line)) return true;
  const name = EXTENDED.exec(line.toUpperCase())?.[1];
  if (name === undefined) return false;
  if (asked === null) return true;
  if (asked.has(name) || asked.has(OTHER_NAME[name] ?? name)) return false;
  // ATI ends with the modem's capabilities on many sticks; +CCID is answered as +ICCID and the reverse.
  if (name === "+GCAP") return false;
  return !(name.endsWith("CCID") && [...asked].some((other) => other.endsWith("CCID")));
}
