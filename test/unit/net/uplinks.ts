import type { PortPath } from "../../../src/hotplug/types.ts";
import type { DesiredNetwork, DesiredUplink, Share } from "../../../src/net/types.ts";

/** A desired network with one link per weight: slots 1, 2, … on ppp0, ppp1, …; one of weight 0 gets no new connections. */
export function network(weights: readonly number[], by: DesiredNetwork["by"] = "connection"): DesiredNetwork {
  return {
    lan: "lan-br",
    by,
    uplinks: weights.map((_, index) => uplink(index + 1)),
    pick: sharesOf(weights),
    pins: [],
  };
}

/** A desired network with these slots, each with a weight: in any order, 0 for no new connections. */
export function networkOf(links: readonly (readonly [slot: number, weight: number])[]): DesiredNetwork {
  const sorted = [...links].sort(([a], [b]) => a - b);
  return {
    ...network([]),
    uplinks: sorted.map(([slot]) => uplink(slot)),
    pick: sorted.flatMap(([slot, weight]) => (weight > 0 ? [{ slot, weight }] : [])),
  };
}

/** Shares of slots 1, 2, … */
export function sharesOf(weights: readonly number[]): Share[] {
  return weights.flatMap((weight, index) => (weight > 0 ? [{ slot: index + 1, weight }] : []));
}

export function uplink(slot: number): DesiredUplink {
  return {
    slot,
    id: `1-${slot}` as PortPath,
    interface: `ppp${slot - 1}`,
    address: `10.0.${slot}.2`,
    via: null,
  };
}

/** As `network`, and these slots' links have IPv6. */
export function withIpv6(
  weights: readonly number[],
  slots: readonly number[],
  by: DesiredNetwork["by"] = "connection",
): DesiredNetwork {
  const plain = network(weights, by);
  const uplinks = plain.uplinks.map((link) =>
    slots.includes(link.slot) ? { ...link, address6: `2001:db8::${link.slot}` } : link,
  );
  return { ...plain, lanPrefix: "fd00:db8::/64", uplinks };
}
