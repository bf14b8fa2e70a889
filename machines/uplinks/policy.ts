import type { DesiredNetwork, DesiredUplink, Share, UplinkId } from "../../src/net/types.ts";
import type { Member, PoolSettings, Standing } from "./effects.ts";

/** Who gets new connections, best first; the next only where none of those before is there. */
const PREFERENCE: readonly Standing[] = ["good", "suspect", "probation"];
/** The share of a link whose weight nobody named and nothing has shown yet. */
const UNKNOWN_WEIGHT = 1;

/** The members as the kernel should hold them: all that are up, and who gets new connections. Pure. */
export function desiredNetwork(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  settings: PoolSettings,
): DesiredNetwork {
  const seated = members
    .flatMap((member) => {
      const slot = slots[member.id];
      return slot === undefined ? [] : [{ slot, member }];
    })
    .sort((a, b) => a.slot - b.slot);
  const uplinks = seated.map(
    ({ slot, member: { id, link } }): DesiredUplink => ({
      slot,
      id,
      interface: link.interface,
      address: link.address,
      via: link.via ?? null,
    }),
  );
  const chosen = choose(seated.map(({ member }) => member));
  const pick = seated.flatMap(({ slot, member }): Share[] =>
    chosen.includes(member) ? [{ slot, weight: weightOf(member) }] : [],
  );
  return { ...settings, uplinks, pick };
}

/** The lowest tier of those that can best be trusted. */
function choose(members: readonly Member[]): readonly Member[] {
  for (const standing of PREFERENCE) {
    const equals = members.filter((member) => member.standing === standing);
    const tier = Math.min(...equals.map(({ rank }) => rank.tier));
    if (equals.length > 0) return equals.filter(({ rank }) => rank.tier === tier);
  }
  return [];
}

function weightOf({ rank }: Member): number {
  return rank.weight === "auto" ? UNKNOWN_WEIGHT : rank.weight;
}
