import type { DesiredNetwork, UplinkId } from "../../src/net/types.ts";
import type { LinkNameServers } from "../../src/resolver/types.ts";
import type { Member, PoolSettings } from "./effects.ts";
import { rankOf } from "./policy.ts";

/**
 * Whom to ask for names: the name servers of every link in the tiers that get new connections, suspect or not, as all are
 * asked at once and the first answer counts. A backup is not asked while it rests, for its bytes may be dear. Pure.
 */
export function nameServers(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  { pick }: Pick<DesiredNetwork, "pick">,
  settings: Pick<PoolSettings, "byHand">,
): readonly LinkNameServers[] {
  const tierOf = (member: Member): number => rankOf(member, settings).tier;
  const picked = new Set(pick.map(({ slot }) => slot));
  const inUse = members.filter(({ id }) => picked.has(slots[id] ?? 0));
  const tier = inUse.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...inUse.map(tierOf));
  return members
    .filter((member) => tierOf(member) <= tier)
    .map(({ link }) => ({ interface: link.interface, addresses: link.dns }))
    .sort((a, b) => (a.interface < b.interface ? -1 : 1));
}
