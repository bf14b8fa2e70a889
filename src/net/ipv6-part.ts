import type { DesiredNetwork, DesiredUplink, Pin, Share } from "./types.ts";

/** What of a desired network is about IPv6. */
export interface Ipv6Part {
  /** The LAN's: what comes from other addresses of it is somebody else's to forward. */
  readonly prefix: string;
  /** Those that have IPv6. */
  readonly uplinks: readonly (DesiredUplink & { readonly address6: string })[];
  readonly pick: readonly Share[];
  readonly pins: readonly Pin[];
}

/**
 * Null where no link has had IPv6 so far. New connections go as those of IPv4, but over links that have IPv6 only. Where that
 * leaves none, they go nowhere and not over other links, for their hosts then use IPv4, which goes where it should.
 */
export function ipv6Part({ lanPrefix, uplinks, pick, pins }: DesiredNetwork): Ipv6Part | null {
  if (lanPrefix === undefined) return null;
  const able = uplinks.flatMap((link) => (link.address6 === undefined ? [] : { ...link, address6: link.address6 }));
  const slots = new Set(able.map(({ slot }) => slot));
  const ofThem = (shares: readonly Share[]): Share[] => shares.filter(({ slot }) => slots.has(slot));
  return {
    prefix: lanPrefix,
    uplinks: able,
    pick: ofThem(pick),
    pins: pins.flatMap(({ match, over }): Pin[] => {
      if (match.to !== null) return [];
      if (typeof over === "string") return [{ match, over }];
      const left = ofThem(over);
      return [{ match, over: left.length === 0 ? "nowhere" : left }];
    }),
  };
}
