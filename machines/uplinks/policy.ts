import type { BundleMember, BundleRoute } from "../../src/bundle/types.ts";
import type { BalancerRule } from "../../src/config/types.ts";
import { parsePortPath } from "../../src/hotplug/types.ts";
import type {
  DesiredBundle,
  DesiredNetwork,
  DesiredUplink,
  InterfaceId,
  Ipv6Addresses,
  Pin,
  Share,
  UplinkId,
} from "../../src/net/types.ts";
import type { Member, PoolSettings, Rank, Standing } from "./effects.ts";
import { weightsOf } from "./weights.ts";

/** Who gets new connections, best first; the next only where none of those before is there. */
const PREFERENCE: readonly Standing[] = ["good", "suspect", "probation"];

interface Seated extends Member {
  readonly slot: number;
}

/** The slot of a bundle that is an interface of its own: the last one, which links get after all others. */
const BUNDLE_SLOT = 250;

/**
 * The members as the kernel should hold them: all that are up, and who gets new connections. Pure. `ipv6` says which
 * interfaces have it; null: none has had it so far. Only a modem's link is used for it: the others' routers are not known.
 * `route` says where the bundle is; null: there is none, and its links are as all others.
 *
 * While the bundle carries, its links are left to it, where there are others for what it does not carry; otherwise they are balanced.
 * A bundle that is an interface carries all, and is the one link that new connections get.
 */
export function desiredNetwork(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  settings: PoolSettings,
  ipv6: Ipv6Addresses | null = null,
  route: BundleRoute | null = null,
): DesiredNetwork {
  const seated = seatedOf(members, slots, settings);
  const { lan, by, othersDefault, lanPrefix } = settings;
  const lan6 = ipv6 === null || !lanPrefix ? {} : { lanPrefix };
  const uplinks = seated.map(({ slot, id, link }): DesiredUplink => {
    const address6 = "lanPrefix" in lan6 && parsePortPath(id) !== null ? ipv6?.[link.interface] : undefined;
    const { interface: name, address, via = null } = link;
    return { slot, id, interface: name, address, via, ...(address6 === undefined ? {} : { address6 }) };
  });
  const bundled = route === null ? [] : bundleOf(seated, settings);
  const carries = route?.path != null && bundled.length > 0;
  const balanced = carries ? seated.filter(({ rank }) => rank.role !== "bundle") : seated;
  const trusted = mostTrusted(balanced);
  const chosen = lowestTier(trusted.length === 0 ? mostTrusted(seated) : trusted);
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
  const bundle = route === null ? {} : { bundle: desiredBundle(route, bundled, carries, settings.measured) };
  const rest = { lan, by, ...others, ...lan6, pins, ...bundle };
  if (!carries || route?.path?.kind !== "interface") return { ...rest, uplinks, pick: shares(chosen) };
  const { interface: name, address } = route.path;
  const way: DesiredUplink = { slot: BUNDLE_SLOT, id: name as InterfaceId, interface: name, address, via: null };
  return { ...rest, uplinks: [...uplinks, way], pick: [{ slot: BUNDLE_SLOT, weight: 1 }] };
}

/** The bundle's links that can best be trusted, of the lowest tier among them, without those that it carries more without: these are set aside until they do better. */
export function bundleMembers(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  settings: Pick<PoolSettings, "byHand" | "measured" | "aside">,
): readonly BundleMember[] {
  return bundleOf(seatedOf(members, slots, settings), settings).map(({ id, slot, link }) => {
    const { interface: name, address } = link;
    return { id, slot, interface: name, address, rate: settings.measured[id] ?? null };
  });
}

/** Whether new connections go into the bundle, by a proxy or by an interface of its own. */
export function bundleCarries({ bundle, pick }: DesiredNetwork): boolean {
  if (bundle === undefined) return false;
  return bundle.proxy?.carries === true || pick.some(({ slot }) => slot === BUNDLE_SLOT);
}

function bundleOf(members: readonly Seated[], { aside = [] }: Pick<PoolSettings, "aside">): readonly Seated[] {
  const able = mostTrusted(members.filter(({ rank, standing }) => rank.role === "bundle" && standing !== "probation"));
  const best = able.length === 0 ? [] : lowestTier(able);
  const rest = best.filter(({ id }) => !aside.includes(id));
  return rest.length === 0 ? best : rest;
}

function desiredBundle(
  { concentrator, path, probe }: BundleRoute,
  members: readonly Seated[],
  carries: boolean,
  measured: PoolSettings["measured"],
): DesiredBundle {
  // Compared by powers of two, so that what is measured anew seldom changes a route.
  const speed = ({ id }: Seated): number => Math.round(Math.log2(Math.max(measured[id] ?? 0, 1)));
  const there = { concentrator, members: members.toSorted((a, b) => speed(b) - speed(a)).map(({ slot }) => slot) };
  if (probe === undefined) return there;
  const { address, port, via } = probe;
  return { ...there, proxy: { ...via, carries: carries && path?.kind === "proxy", probe: { address, port } } };
}

function seatedOf(
  members: readonly Member[],
  slots: Readonly<Record<UplinkId, number>>,
  settings: Pick<PoolSettings, "byHand">,
): readonly Seated[] {
  return members
    .flatMap((member): Seated[] => {
      const slot = slots[member.id];
      return slot === undefined ? [] : [{ ...member, slot, rank: rankOf(member, settings) }];
    })
    .sort((a, b) => a.slot - b.slot);
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
