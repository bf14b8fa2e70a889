/**
 * Commands whose arguments are secrets: PIN and facility lock (27.007, 8.3, 7.4, 7.5), PDP authentication
 * (27.007, 10.1.31) and the vendors' own: ^CPIN, ^AUTHDATA (Huawei), $QCPDPP (Qualcomm), +QICSGP (Quectel).
 */
export const SECRET_COMMAND =
  /(?:\+CPIN2?|\+CLCK|\+CPWD|\^CPIN2?|\+CGAUTH|\^AUTHDATA|\$QCPDPP|\+QICSGP|\+ZPIN\w*)\s*=\s*/i;
const TO_THE_END = new RegExp(`(${SECRET_COMMAND.source}).*`, "i");

/** The command, or its echo, fit to be shown: what follows the `=` of a secret command becomes `•••`. */
export function redact(line: string): string {
  return line.replace(TO_THE_END, "$1•••");
}
