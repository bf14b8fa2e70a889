/** What a line of pppd's log says of a member, as far as the bundle's owner must know. */
export type MemberNews =
  /** This process has made the bundle, and is its master until the bundle ends (pppd: multilink.c, mp_join_bundle). */
  | "created"
  /** It has joined the bundle that another process holds. */
  | "attached"
  /** IP goes through the bundle; a master says so (pppd: ipcp.c, ipcp_up). */
  | "network"
  /** Its link has ended. A master lives on without one. */
  | "down"
  | "refused";

const NEWS: readonly (readonly [RegExp, MemberNews])[] = [
  [/^New bundle \S+ created$/, "created"],
  [/^Link attached to \S+$/, "attached"],
  [/^local {2}IP address /, "network"],
  [/^(?:Link|Connection) terminated\.$/, "down"],
  [/^CHAP authentication failed|^Peer .+ failed CHAP authentication/, "refused"],
];

/** Null: nothing. */
export function parseMemberLine(line: string): MemberNews | null {
  return NEWS.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}
