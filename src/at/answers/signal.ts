import { findFields, numberOf } from "./fields.ts";

/**
 * `+CSQ: <rssi>,<ber>` in dBm: −113 + 2·rssi for 0–31 (27.007, 8.5); 100–191 is −116 + (rssi − 100), the TD-SCDMA and
 * LTE range of several vendors (Quectel, SIMCom). 99 and 199 are unknown: null.
 */
export function parseSignal(lines: readonly string[]): number | null {
  const rssi = numberOf(findFields(lines, "+CSQ")?.[0]);
  if (rssi === null) return null;
  if (rssi <= 31) return -113 + 2 * rssi;
  return rssi >= 100 && rssi <= 191 ? -116 + (rssi - 100) : null;
}
