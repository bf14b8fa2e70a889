import type { PoolCause } from "../../machines/uplinks/effects.ts";
import { type PortPath, parsePortPath } from "../hotplug/types.ts";
import type { DesiredNetwork } from "../net/types.ts";

/** `wan1-1 ×3, wan1-2 ×1, wan1-3 (no new connections)` */
export function poolText({ uplinks, pick }: DesiredNetwork): string {
  const weights = new Map(pick.map(({ slot, weight }) => [slot, weight]));
  const links = uplinks.map(({ slot, interface: name, address6 }) => {
    const weight = weights.get(slot);
    const text = weight === undefined ? `${name} (no new connections)` : `${name} ×${weight}`;
    return address6 === undefined ? text : `${text} with IPv6`;
  });
  return links.length === 0 ? "empty" : links.join(", ");
}

/** The one port whose link is the reason of a change of the pool; null: there are others, or others too. */
export function poolCausePort(because: readonly PoolCause[]): PortPath | null {
  const ids = new Set(because.map(({ id }) => id));
  const [only] = ids;
  return ids.size === 1 && only != null ? parsePortPath(only) : null;
}

/** `uplink.joined 1-1 (suspect), uplinks.configured` */
export function poolCauseText(because: readonly PoolCause[]): string {
  const texts = because.map(({ type, id, standing }) =>
    [type, id, standing == null || standing === "good" ? null : `(${standing})`]
      .filter((part) => part !== null)
      .join(" "),
  );
  return [...new Set(texts)].join(", ");
}
