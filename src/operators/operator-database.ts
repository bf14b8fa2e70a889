import type { Bearer } from "../../machines/modem/effects.ts";

/** What a network wants to hear at the PPP authentication. Often public, yet not for logs. */
export interface ApnCredentials {
  readonly username: string;
  readonly password: string;
}

/** One way to get online with a SIM, kept apart from what must not be shown. */
export interface ApnCandidate {
  readonly bearer: Bearer;
  readonly credentials: ApnCredentials | null;
}

/** An access point name as the database lists it for one provider. */
export interface ListedApn {
  readonly apn: string;
  readonly provider: string;
  /** Lower comes first: see `rankOf` in read-operators.ts. */
  readonly rank: number;
  readonly credentials: ApnCredentials | null;
}

/** More candidates than anybody has the patience to try. */
const MAX_CANDIDATES = 12;

/** APNs by network. Pure; holds what `operatorsOf` read. */
export class OperatorDatabase {
  readonly #byNetwork: ReadonlyMap<string, readonly ListedApn[]>;
  /** What was wrong with the file, in words; null: nothing. */
  readonly problem: string | null;

  /** Keys are MCC and MNC written together, e.g. `24007`. */
  constructor(byNetwork: ReadonlyMap<string, readonly ListedApn[]>, problem: string | null = null) {
    this.#byNetwork = byNetwork;
    this.problem = problem;
  }

  /** Number of networks known. */
  get size(): number {
    return this.#byNetwork.size;
  }

  /**
   * Candidates for the SIM with this IMSI, best first. `mccmncLength` is 5 or 6 when the SIM says so (EF AD, 3GPP TS
   * 31.102, 4.2.18); otherwise both are looked up, and a network with a three-digit MNC, being the longer match, goes first.
   */
  bearersFor({ imsi, mccmncLength }: { imsi: string; mccmncLength?: 5 | 6 }): readonly ApnCandidate[] {
    if (!/^[0-9]{6,15}$/.test(imsi)) return [];
    const candidates = new Map<string, ApnCandidate>();
    for (const length of mccmncLength === undefined ? [6, 5] : [mccmncLength]) {
      const network = imsi.slice(0, length);
      const listed = (this.#byNetwork.get(network) ?? []).toSorted((a, b) => a.rank - b.rank);
      for (const { apn, provider, credentials } of listed) {
        const key = JSON.stringify([apn.toLowerCase(), credentials]);
        if (candidates.has(key) || candidates.size >= MAX_CANDIDATES) continue;
        const source = `operator database: ${provider} (${network.slice(0, 3)} ${network.slice(3)})`;
        candidates.set(key, { bearer: { apn, pdpType: "IP", source }, credentials });
      }
    }
    return [...candidates.values()];
  }
}
