import type { BalancerRule } from "../../src/config/types.ts";
import { parsePortPath } from "../../src/hotplug/types.ts";
import type { DesiredNetwork, DesiredUplink, Ipv6Addresses, Pin, Share, UplinkId } from "../../src/net/types.ts";
import type { Member, PoolSettings, Rank, Standing } from "./effects.ts";
import { weightsOf } from "./weights.ts";

/** Who gets new connections, best first; the next only where none of those before is there. */
const PREFERENCE: readonly Standing[] = ["good", "suspect", "probation"];

interface Seated extends Member {
  readonly slot: number;
}

/**
 * The members as the kernel should hold them: all that are up, and who gets new connections. Pure. `ipv6` says which
 * interfaces have it; null: none has had it so far. Only a modem's link is used for it: the others' routers are not known.
 */
export function desiredNetwork(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  settings: PoolSettings,
  ipv6: Ipv6Addresses | null = null,
): DesiredNetwork {
  const seated = members
    .flatMap((member): Seated[] => {
      const slot = slots[member.id];
      return slot === undefined ? [] : [{ ...member, slot, rank: rankOf(member, settings) }];
    })
    .sort((a, b) => a.slot - b.slot);
  const { lan, by, othersDefault, lanPrefix } = settings;
  const lan6 = ipv6 === null || !lanPrefix ? {} : { lanPrefix };
  const uplinks = seated.map(({ slot, id, link }): DesiredUplink => {
    const address6 = "lanPrefix" in lan6 && parsePortPath(id) !== null ? ipv6?.[link.interface] : undefined;
    const { interface: name, address, via = null } = link;
    return { slot, id, interface: name, address, via, ...(address6 === undefined ? {} : { address6 }) };
  });
  const chosen = lowestTier(mostTrusted(seated));
  const shares = (links: readonly Seated[]): Share[] => {
    const weights = weightsOf(links, settings.measured);
    return links.map(({ slot }, index) => ({ slot, weight: weights[index] ?? 1 }));
  };
  const pins = settings.rules.map(({ to, protocol, ports, use, strict }): Pin => {
    const links = linksFor({ use, strict }, seated, chosen);
    const elsewhere = strict ? "nowhere" : "pool";
    return { match: { to, protocol, ports }, over: links.length === 0 ? elsewhere : shares(links) };
  });
  const others = othersDefault === true ? { othersDefault } : {};
  return { lan, by, ...others, ...lan6, uplinks, pick: shares(chosen), pins };
}

/** What the config says of a link, or a hand, which wins. */
export function rankOf({ id, rank }: Pick<Member, "id" | "rank">, { byHand }: Pick<PoolSettings, "byHand">): Rank {
  return { ...rank, ...byHand[id] };
}

/**
 * The links that a rule's connections go over; empty where none is fit. A strict rule takes what there is of its own, as the pool does;
 * one that may fall back takes only links that can be trusted as much as those that share the pool.
 */
function linksFor(
  { use, strict }: Pick<BalancerRule, "use" | "strict">,
  members: readonly Seated[],
  pool: readonly Seated[],
): readonly Seated[] {
  const own = members.filter(({ id, rank }) => (typeof use === "string" ? id === use : rank.tier === use.tier));
  const trusted = mostTrusted(own);
  return strict || trustOf(trusted) <= trustOf(pool) ? trusted : [];
}

/** Those that can best be trusted, of whatever tier; none that is being drained. */
function mostTrusted<M extends Member>(members: readonly M[]): readonly M[] {
  const best = PREFERENCE.find((standing) => members.some((member) => member.standing === standing));
  return members.filter(({ standing }) => standing === best);
}

/** The place in PREFERENCE of links that are trusted alike; the less, the better. */
function trustOf([link]: readonly Member[]): number {
  return link === undefined ? PREFERENCE.length : PREFERENCE.indexOf(link.standing);
}

function lowestTier<M extends Member>(members: readonly M[]): readonly M[] {
  const tier = Math.min(...members.map(({ rank }) => rank.tier));
  return members.filter(({ rank }) => rank.tier === tier);
}
