import type { Neighbour } from "../radio/types.ts";

/** More than that is heard nowhere; what follows is cut. */
const MAX_NEIGHBOURS = 500;
/** In MHz; 2.4, 5 and 6 GHz. */
const [LOWEST, HIGHEST] = [2_400, 7_125];

/** What `iw dev IF scan` prints: `BSS 00:11:…(on wlan0)`, then indented `freq: 2412` (or `2412.0`) and `signal: -42.00 dBm`. */
export function parseScan(text: string): Neighbour[] {
  return text
    .split(/^BSS /m)
    .slice(1, 1 + MAX_NEIGHBOURS)
    .flatMap((network) => {
      const frequency = Number(/^\s+freq: (\d{4})(?:\.\d{1,3})?$/m.exec(network)?.[1]);
      const signalDbm = Number(/^\s+signal: (-\d{1,3}(?:\.\d{1,2})?) dBm$/m.exec(network)?.[1]);
      const isHeard = frequency >= LOWEST && frequency <= HIGHEST && signalDbm < 0;
      return isHeard ? [{ frequency, signalDbm: Math.round(signalDbm) }] : [];
    });
}

/** In MHz (IEEE 802.11, annex E); null: no channel of the 2.4 or 5 GHz band. */
export function frequencyOf(channel: number): number | null {
  if (!Number.isInteger(channel)) return null;
  if (channel === 14) return 2484;
  if (channel >= 1 && channel <= 13) return 2407 + 5 * channel;
  return channel >= 36 && channel <= 177 ? 5000 + 5 * channel : null;
}
