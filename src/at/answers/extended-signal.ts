import { fieldsOf, numberOf } from "./fields.ts";

/** How strong the cell is heard, by what its technology measures. RSRP is of one subcarrier, so about 20–30 dB below an RSSI. */
export interface ExtendedSignal {
  readonly quantity: "rxlev" | "rscp" | "rsrp" | "ssRsrp";
  /** The lower end of the range that the reported value stands for. */
  readonly dbm: number;
}

/** Position in +CESQ, the value at which the scale starts, its greatest value (27.007, 8.69; 45.008, 25.133, 36.133, 38.133). */
const SCALES: readonly (readonly [ExtendedSignal["quantity"], position: number, base: number, most: number])[] = [
  ["ssRsrp", 7, -157, 126],
  ["rsrp", 5, -141, 97],
  ["rscp", 2, -121, 96],
  ["rxlev", 0, -111, 63],
];

/**
 * `+CESQ: <rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>[,<ss_rsrq>,<ss_rsrp>,<ss_sinr>]` (27.007, 8.69), and Intel's +XCESQ,
 * which puts a number in front. Of several technologies the fastest counts. Null when nothing is heard.
 */
export function parseExtendedSignal(lines: readonly string[]): ExtendedSignal | null {
  for (const line of lines) {
    const fields = fieldsOf(line, "+CESQ") ?? fieldsOf(line, "+XCESQ")?.slice(1);
    if (fields === undefined) continue;
    for (const [quantity, position, base, most] of SCALES) {
      const value = numberOf(fields[position]);
      if (value !== null && value <= most) return { quantity, dbm: base + value };
    }
  }
  return null;
}
