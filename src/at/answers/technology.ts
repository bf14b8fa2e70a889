/** 3GPP TS 27.007, 7.3, <AcT>, in the words that `Registration.technology` uses. */
const ACCESS = [
  "GSM",
  "GSM",
  "UMTS",
  "EDGE",
  "HSDPA",
  "HSPA",
  "HSPA",
  "LTE",
  "GSM",
  "LTE",
  "LTE",
  "NR",
  "NR",
  "NR",
] as const;

/** The access technology of an <AcT> value, null when it is unknown or absent. */
export function technologyOf(access: number | null): string | null {
  return access === null ? null : (ACCESS[access] ?? null);
}
