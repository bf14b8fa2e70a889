import { readBounded } from "./read-bounded.ts";

/** Where distributions put it (Debian: wireless-regdb), and where the kernel reads it from. */
const FILE = "/lib/firmware/regulatory.db";
/** It has 5 kB. */
const MAX_BYTES = 256 * 1024;
/** `RGDB`, and the one version that there is (net/wireless/reg.c: FWDB_MAGIC, FWDB_VERSION). */
const MAGIC = 0x52474442;
const VERSION = 20;
/** Flags of a rule (reg.c: FWDB_FLAG_DFS, FWDB_FLAG_NO_IR). */
const DFS = 1 << 2;
const NO_IR = 1 << 3;
/** More rules than any country has. */
const MOST_RULES = 64;

/** What may be done in a country between two frequencies, in MHz. */
export interface RegulatoryRule {
  readonly from: number;
  readonly to: number;
  /** Radar has to be listened for first. */
  readonly radar: boolean;
  /** Only stations of another's access point may send. */
  readonly passive: boolean;
}

/** The rules of a country; null: the database has no such country. */
export type RegulatoryDb = (country: string) => readonly RegulatoryRule[] | null;

/** The kernel's own database of what each country allows; null where it is not installed, or is none. */
export async function readRegulatoryDb(file = FILE): Promise<RegulatoryDb | null> {
  try {
    return parseRegulatoryDb(Buffer.from(await readBounded(file, MAX_BYTES)));
  } catch {
    return null;
  }
}

/**
 * Layout: net/wireless/reg.c, struct fwdb_header, fwdb_country, fwdb_collection, fwdb_rule; big-endian, pointers in units
 * of four bytes. Null: it is none of this version. Offsets beyond its end are no country and no rule.
 */
export function parseRegulatoryDb(bytes: Buffer): RegulatoryDb | null {
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt32BE(4) !== VERSION) return null;
  const countries = new Map<string, number>();
  for (let at = 8; at + 4 <= bytes.length && bytes.readUInt8(at) !== 0; at += 4) {
    countries.set(bytes.toString("latin1", at, at + 2), bytes.readUInt16BE(at + 2) * 4);
  }
  return (country) => {
    const at = countries.get(country);
    if (at === undefined || at + 3 > bytes.length) return null;
    const length = bytes.readUInt8(at);
    const rules: RegulatoryRule[] = [];
    const first = at + length + (length % 2);
    for (let index = 0; index < Math.min(bytes.readUInt8(at + 1), MOST_RULES); index++) {
      const pointer = first + 2 * index;
      const rule = pointer + 2 <= bytes.length ? bytes.readUInt16BE(pointer) * 4 : bytes.length;
      if (rule + 16 > bytes.length) return null;
      const flags = bytes.readUInt8(rule + 1);
      rules.push({
        from: bytes.readUInt32BE(rule + 4) / 1000,
        to: bytes.readUInt32BE(rule + 8) / 1000,
        radar: (flags & DFS) !== 0,
        passive: (flags & NO_IR) !== 0,
      });
    }
    return rules;
  };
}

/** Why an access point may not use this channel in a country of these rules, or null: it may. */
export function channelFault(channel: number, rules: readonly RegulatoryRule[]): string | null {
  const middle = channel < 32 ? 2407 + 5 * channel : 5000 + 5 * channel;
  // Rules that touch make one range, as 5170–5250 and 5250–5330 do; 20 MHz never lie across.
  const fitting = rules.filter(({ from, to }) => from <= middle - 10 && middle + 10 <= to);
  if (fitting.length === 0) return "is not allowed there";
  if (fitting.every(({ passive }) => passive)) return "may only be used there by stations of others";
  return fitting.every(({ radar, passive }) => radar || passive) ? "has to be kept clear for radar there" : null;
}
