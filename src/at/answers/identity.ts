import { printable } from "../../../machines/failure.ts";
import { fieldsOf } from "./fields.ts";

/** The first line of a free-text answer (+CGMI, +CGMM), with or without its command's name; null when empty. */
export function parseText(lines: readonly string[], name: string): string | null {
  for (const line of lines) {
    const text = (fieldsOf(line, name)?.join(", ") ?? line).replaceAll('"', "").trim();
    if (text !== "") return printable(text, 80);
  }
  return null;
}

/**
 * Manufacturer and model out of ATI (V.250, 6.1.3; the layout is the vendors' habit): `Model: E367`, or bare lines. One
 * bare line is the model (u-blox, SIMCom).
 */
export function parseAti(lines: readonly string[]): { manufacturer: string | null; model: string | null } {
  const named = (label: string): string | null =>
    parseText(
      lines.filter((line) => line.startsWith(label)),
      label,
    );
  const bare = lines.filter((line) => !/^(?:\+GCAP|[A-Za-z ]+:)/.test(line)).map((line) => printable(line.trim(), 80));
  return {
    manufacturer: named("Manufacturer") ?? (bare.length > 1 ? (bare[0] ?? null) : null),
    model: named("Model") ?? bare[bare.length > 1 ? 1 : 0] ?? null,
  };
}

/** +CGSN (27.007, 5.4): 14 or 15 digits, or 16 with the software version; sticks add their name, quotes or `IMEI:`. */
export function parseImei(lines: readonly string[]): string | null {
  return digits(lines, /(?<![0-9])([0-9]{14,16})(?![0-9])/);
}

/** +CIMI (27.007, 5.6): at most 15 digits (23.003, 2.2), at least a country, a network and something after. */
export function parseImsi(lines: readonly string[]): string | null {
  return digits(lines, /(?<![0-9])([0-9]{6,15})(?![0-9])/);
}

/** Commands that read the SIM card's number, in the order to try them. */
export const ICCID_QUERIES = ["AT+CCID", "AT^ICCID?", "AT+ICCID", "AT+QCCID", "AT+ZGETICCID", "AT#CCID"] as const;

/**
 * The card's number: `89` and at most 20 digits (ITU-T E.118, 4), behind `+CCID:`, `^ICCID:`, `+ICCID:`, `+QCCID:`,
 * `+ZGETICCID:`, `#CCID:`, `ICCID:` or nothing. Chinese operators use A–F as digits too. A trailing F is the padding of
 * the raw file; one that comes with its nibbles swapped (it then starts with 98) is put in order (TS 102 221, 13.2).
 */
export function parseIccid(lines: readonly string[]): string | null {
  for (const line of lines) {
    const found = /(?<![0-9A-F])((?:89|98)[0-9A-F]{16,18})(?![0-9A-F])/i.exec(line)?.[1]?.toUpperCase();
    if (found === undefined) continue;
    const ordered = found.startsWith("98") ? found.replace(/(.)(.)/g, "$2$1") : found;
    const number = ordered.replace(/F+$/, "");
    if (/^89[0-9A-F]{15,18}$/.test(number)) return number;
  }
  return null;
}

function digits(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}
