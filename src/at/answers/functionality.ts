import { findFields, numberOf } from "./fields.ts";

/** `+CFUN: <fun>[,<rst>]` (27.007, 8.2): 0 is off, 1 on, 4 without radio; the vendors have more (5 and 6 on MBM, 19 on u-blox). */
export function parseFunctionality(lines: readonly string[]): number | null {
  return numberOf(findFields(lines, "+CFUN")?.[0]);
}
