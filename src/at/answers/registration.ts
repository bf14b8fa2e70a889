import type { RegistrationStatus } from "../../../machines/modem/effects.ts";
import { fieldsOf, numberOf } from "./fields.ts";
import { technologyOf } from "./technology.ts";

/** Which part of the network a registration is about: circuit switched, GPRS/UMTS packets, EPS (LTE), 5G of its own. */
export type Domain = "+CREG" | "+CGREG" | "+CEREG" | "+C5GREG";

/** The one to believe first. */
const BY_RANK: readonly Domain[] = ["+C5GREG", "+CEREG", "+CGREG", "+CREG"];

export interface DomainRegistration {
  readonly domain: Domain;
  readonly status: RegistrationStatus;
  readonly technology: string | null;
}

/**
 * 27.007, 7.2, 10.1.20, 10.1.22, <stat>. 6 and 7 are registered for SMS only, so the search for data goes on. 8 and 11
 * are for emergencies and for a local service without subscription only. 9 and 10 are registered, CSFB not preferred.
 */
const STATUS: readonly RegistrationStatus[] = [
  "idle",
  "home",
  "searching",
  "denied",
  "unknown",
  "roaming",
  "searching",
  "searching",
  "denied",
  "home",
  "roaming",
  "denied",
];

/** Iridium pads its numbers to three digits; a code of three digits that starts with 0 has not been seen. */
const DIGIT = /^(?:00)?[0-9]$/;
const STATUS_VALUE = /^(?:[0-9]|1[01]|0[01][0-9])$/;
const LONG = /^[0-9A-F]{3,}$/i;

/**
 * `+CREG:`, `+CGREG:`, `+CEREG:` or `+C5GREG:`, in both forms: unsolicited `<stat>[,<lac>,<ci>[,<AcT>…]]` and the answer
 * to a read `<n>,<stat>[,…]`. They are told apart by the second value: a location area code is quoted, a status is a lone
 * digit; some sticks (Huawei E160G, Sierra Mercury) leave the quotes away, but their codes then have two digits or four.
 */
export function parseRegistration(line: string): DomainRegistration | null {
  for (const domain of BY_RANK) {
    const fields = fieldsOf(line, domain);
    if (fields === null) continue;
    const raw = line.slice(line.indexOf(":") + 1).split(",");
    const read = DIGIT.test(fields[0] ?? "") && STATUS_VALUE.test(raw[1]?.trim() ?? "");
    const values = read ? fields.slice(1) : fields;
    const status = STATUS[numberOf(values[0]) ?? -1];
    if (status === undefined) return null;
    // <AcT> follows <lac> and <ci>. Novatel's LTE sticks put the routing area code in between, others behind <AcT>.
    const access = numberOf(LONG.test(values[3] ?? "") ? values[4] : values[3]);
    return { domain, status, technology: technologyOf(access) };
  }
  return null;
}

/**
 * What the domains together mean for a data call. A packet domain that is registered settles it; one that says no
 * outweighs a circuit-switched yes, unless it is merely idle: such a stick attaches when it dials.
 */
export function mergeRegistrations(domains: readonly DomainRegistration[]): DomainRegistration | null {
  const ranked = [...domains].sort((a, b) => BY_RANK.indexOf(a.domain) - BY_RANK.indexOf(b.domain));
  const has = (status: RegistrationStatus): DomainRegistration | undefined =>
    ranked.find((entry) => entry.status === status);
  const registered = ranked.filter((entry) => entry.status === "home" || entry.status === "roaming");
  const packet = registered.find((entry) => entry.domain !== "+CREG");
  if (packet !== undefined) return packet;
  const packetSays = ranked.filter((entry) => entry.domain !== "+CREG");
  const refused = packetSays.find((entry) => entry.status === "denied");
  // LTE denied while UMTS is still being searched is no refusal yet.
  const searching = packetSays.find((entry) => entry.status === "searching");
  if (searching !== undefined) return searching;
  if (refused !== undefined) return refused;
  return registered[0] ?? has("denied") ?? has("searching") ?? has("unknown") ?? ranked[0] ?? null;
}
