import { fieldsOf, numberOf } from "./fields.ts";

/** From slow to fast: where a modem names several, the last of these counts. */
const ORDER = ["GSM", "EDGE", "UMTS", "HSDPA", "HSPA", "LTE", "NR"] as const;
type Technology = (typeof ORDER)[number];

/** How modems write it, the faster first, as a name may hold a slower one (`GPRS/EDGE`, `HSDPA/HSUPA`, `FDD LTE`). */
const WORDS: readonly (readonly [RegExp, Technology])[] = [
  [/\bNR|5G|ENDC/i, "NR"],
  [/LTE|4G|\bCAT-?(?:M|NB)/i, "LTE"],
  [/HSPA|HSUPA/i, "HSPA"],
  [/HSDPA/i, "HSDPA"],
  [/UMTS|WCDMA|SCDMA|3G/i, "UMTS"],
  [/EDGE/i, "EDGE"],
  [/GSM|GPRS|2G/i, "GSM"],
];

/** Huawei's ^SYSINFO and ^MODE, <sys_mode> and <sys_submode> (HUAWEI UMTS Datacard Modem AT Command Interface). */
const HUAWEI_MODE: Readonly<Record<number, Technology>> = { 3: "GSM", 5: "UMTS", 7: "UMTS", 15: "UMTS" };
const HUAWEI_SUBMODE: Readonly<Record<number, Technology>> = {
  1: "GSM",
  2: "GSM",
  3: "EDGE",
  4: "UMTS",
  5: "HSDPA",
  6: "HSPA",
  7: "HSPA",
  8: "UMTS",
  9: "HSPA",
  17: "HSPA",
  18: "HSPA",
};

/**
 * The access technology as the vendors tell it, in the words of `Registration.technology`; null without service. For
 * modems whose +COPS and +CREG leave <AcT> away; works on answers and on what comes unasked (^MODE, ^HCSQ, +ZPASR).
 */
export function parseVendorTechnology(lines: readonly string[]): string | null {
  const found = lines.flatMap((line) => technologyIn(line) ?? []);
  return ORDER.findLast((technology) => found.includes(technology)) ?? null;
}

function technologyIn(line: string): Technology | null {
  const system = fieldsOf(line, "^SYSINFO");
  if (system !== null) return fromHuawei(system[3], system[6]);
  const mode = fieldsOf(line, "^MODE");
  if (mode !== null) return fromHuawei(mode[0], mode[1]);
  const extended = fieldsOf(line, "^SYSINFOEX");
  if (extended !== null) return inWords(extended[8]) ?? inWords(extended[6]);
  const sierra = fieldsOf(line, "*CNTI");
  // *CNTI: 2 lists what the modem could do.
  if (sierra !== null) return sierra[0] === "0" ? inWords(sierra[1]) : null;
  const intel = fieldsOf(line, "+XREG");
  // <n>,<state>,<band>: the band's name holds the technology.
  if (intel !== null) return inWords(intel[2]);
  // +BEARTYPE is what some ZTE firmware answers to AT+ZPAS?.
  for (const name of ["+ZPAS", "+ZPASR", "+BEARTYPE", "+QNWINFO", "+CPSI", "^HCSQ"]) {
    const fields = fieldsOf(line, name);
    if (fields !== null) return inWords(fields[0]);
  }
  return null;
}

function fromHuawei(mode: string | undefined, submode: string | undefined): Technology | null {
  return HUAWEI_SUBMODE[numberOf(submode) ?? 0] ?? HUAWEI_MODE[numberOf(mode) ?? 0] ?? null;
}

function inWords(text: string | undefined): Technology | null {
  return WORDS.find(([words]) => words.test(text ?? ""))?.[1] ?? null;
}
