import { isIPv4 } from "node:net";
import type { BundleMember } from "../types.ts";

/** An address from which the kernel opens a subflow of each MPTCP connection (ip-mptcp(8)). */
export interface Endpoint {
  readonly id: number;
  readonly address: string;
  /** Absent where none was named. */
  readonly dev?: string;
}

/** `ip -j mptcp endpoint show`: an array of objects. What is not of that form is left out. */
export function parseEndpoints(json: string): readonly Endpoint[] {
  let entries: unknown;
  try {
    entries = JSON.parse(json === "" ? "[]" : json);
  } catch {
    return [];
  }
  return (Array.isArray(entries) ? entries : []).flatMap((entry: unknown): Endpoint[] => {
    const { id, address, dev } = (entry ?? {}) as Record<string, unknown>;
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > 255) return [];
    if (typeof address !== "string" || !isIPv4(address)) return [];
    return [{ id, address, ...(typeof dev === "string" ? { dev } : {}) }];
  });
}

/**
 * What to tell `ip -batch` so that there is an endpoint for each member, and of those that we made (`ours`, by address) no other.
 * Endpoints of others stay: one that has a member's address serves as well. What is not needed goes first.
 */
export function endpointLines(
  present: readonly Endpoint[],
  ours: ReadonlySet<string>,
  members: readonly BundleMember[],
): { readonly remove: readonly string[]; readonly add: readonly string[] } {
  const wanted = new Map(members.map((member) => [member.address, member]));
  const isRight = ({ address, dev }: Endpoint): boolean =>
    !ours.has(address) ? wanted.has(address) : wanted.get(address)?.interface === dev;
  const right = new Set(present.filter(isRight).map(({ address }) => address));
  const wrong = present.filter((endpoint) => ours.has(endpoint.address) && !isRight(endpoint));
  return {
    remove: wrong.map(({ id }) => `mptcp endpoint delete id ${id}`),
    add: members
      .filter(({ address }) => !right.has(address))
      .map((member) => `mptcp endpoint add ${member.address} dev ${member.interface} subflow`),
  };
}

/** `ip mptcp limits`: `add_addr_accepted 0 subflows 2`. Null: not of that form. */
export function parseLimits(text: string): { readonly accepted: number; readonly subflows: number } | null {
  const accepted = /\badd_addr_accepted ([0-9]{1,3})\b/.exec(text)?.[1];
  const subflows = /\bsubflows? ([0-9]{1,3})\b/.exec(text)?.[1];
  return accepted === undefined || subflows === undefined
    ? null
    : { accepted: Number(accepted), subflows: Number(subflows) };
}
