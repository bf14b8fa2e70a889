import type { RegistrationStatus } from "../../../machines/modem/effects.ts";
import { fieldsOf, numberOf } from "./fields.ts";
import { technologyOf } from "./technology.ts";

/** Which part of the network a registration is about: circuit switched, GPRS/UMTS packets, EPS (LTE and later). */
export type Domain = "+CREG" | "+CGREG" | "+CEREG";

export interface DomainRegistration {
  readonly domain: Domain;
  readonly status: RegistrationStatus;
  readonly technology: string | null;
}

/**
 * 27.007, 7.2, 10.1.20, 10.1.22, <stat>. 6 and 7 are registered for SMS only, 8 for emergencies only: no data, so the
 * search goes on. 9 and 10 are registered, CSFB not preferred.
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
];

/**
 * `+CREG:`, `+CGREG:` or `+CEREG:`, in both forms: unsolicited `<stat>[,<lac>,<ci>[,<AcT>…]]` and the answer to a read
 * `<n>,<stat>[,…]`. They are told apart by the second value: a location area code is quoted, a status is a lone digit;
 * some sticks (Huawei E1550, ZTE MF62x) leave the quotes away, but their codes then have four digits.
 */
export function parseRegistration(line: string): DomainRegistration | null {
  for (const domain of ["+CREG", "+CGREG", "+CEREG"] as const) {
    const fields = fieldsOf(line, domain);
    if (fields === null) continue;
    const raw = line.slice(line.indexOf(":") + 1).split(",");
    const read = fields.length >= 2 && /^\s*(?:[0-9]|10)\s*$/.test(raw[1] ?? "") && fields[0]?.length === 1;
    const values = read ? fields.slice(1) : fields;
    const status = STATUS[numberOf(values[0]) ?? -1];
    if (status === undefined) return null;
    // <AcT> follows <lac> and <ci>; sticks that know the routing area code may put it in between or behind (CGREG).
    const access = values.length >= 4 ? numberOf(values[3]) : null;
    return { domain, status, technology: technologyOf(access) };
  }
  return null;
}

/**
 * What the domains together mean for a data call. A packet domain that is registered settles it; one that says no
 * outweighs a circuit-switched yes, unless it is merely idle: such a stick attaches when it dials.
 */
export function mergeRegistrations(domains: readonly DomainRegistration[]): DomainRegistration | null {
  const order: readonly Domain[] = ["+CEREG", "+CGREG", "+CREG"];
  const ranked = [...domains].sort((a, b) => order.indexOf(a.domain) - order.indexOf(b.domain));
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
