import type { RadioSetup } from "../radio/types.ts";

/**
 * The radio's own HT capabilities as hostapd.conf's `ht_capab` writes them (bits: IEEE 802.11, 9.4.2.55.2). Only what makes
 * frames shorter or safer; hostapd refuses what the radio cannot.
 */
export function htCapab(capabilities: number, secondary: RadioSetup["secondary"]): string {
  return flags([
    [has(capabilities, 0), "LDPC"],
    [secondary !== null, secondary === "above" ? "HT40+" : "HT40-"],
    [has(capabilities, 5), "SHORT-GI-20"],
    [secondary !== null && has(capabilities, 6), "SHORT-GI-40"],
    [has(capabilities, 7), "TX-STBC"],
    [field(capabilities, 8, 2) > 0, "RX-STBC1"],
    [has(capabilities, 11), "MAX-AMSDU-7935"],
  ]);
}

/** The same for `vht_capab` (9.4.2.157.2). */
export function vhtCapab(capabilities: number): string {
  return flags([
    [field(capabilities, 0, 2) === 2, "MAX-MPDU-11454"],
    [field(capabilities, 0, 2) === 1, "MAX-MPDU-7991"],
    [has(capabilities, 4), "RXLDPC"],
    [has(capabilities, 5), "SHORT-GI-80"],
    [has(capabilities, 7), "TX-STBC-2BY1"],
    [field(capabilities, 8, 3) > 0, "RX-STBC-1"],
  ]);
}

function has(capabilities: number, bit: number): boolean {
  return field(capabilities, bit, 1) === 1;
}

function field(capabilities: number, bit: number, bits: number): number {
  return (capabilities >>> bit) & ((1 << bits) - 1);
}

function flags(all: readonly (readonly [isOn: boolean, name: string])[]): string {
  return all.map(([isOn, name]) => (isOn ? `[${name}]` : "")).join("");
}
