import { isIPv4 } from "node:net";
import { isInterfaceName } from "../net/check-desired.ts";
import { asRecords, ipRecords } from "../net/ip-records.ts";
import { PROTOCOL } from "../net/marks.ts";

/** An interface as far as the LAN is concerned. */
export interface PresentLink {
  readonly name: string;
  readonly isBridge: boolean;
  readonly isUp: boolean;
  /** The bridge that it is in. */
  readonly master: string | null;
  /** The text that the kernel keeps beside a name for whoever needs one; ours is our mark. */
  readonly alias: string;
  readonly addresses: readonly PresentAddress[];
}

export interface PresentAddress {
  /** With prefix length. */
  readonly cidr: string;
  readonly isOurs: boolean;
}

export interface Present {
  readonly links: ReadonlyMap<string, PresentLink>;
  /** The interfaces with a default route in the main table, ours or others'. */
  readonly uplinks: ReadonlySet<string>;
}

/** What `ip -N -j -d -force -batch -` is asked to tell; `-d` tells what kind a link is. With `-4`, links without an address would be missing. */
export const READ_LINES = ["address show", "route show default table main"] as const;

/** Its answer; what is not of the shape that `ip` makes is passed over. Throws SyntaxError. */
export function parsePresent(output: string): Present {
  const links = new Map<string, PresentLink>();
  const uplinks = new Set<string>();
  for (const entry of ipRecords(output)) {
    const { ifname, linkinfo, flags, master, ifalias } = entry;
    if (typeof ifname === "string" && isInterfaceName(ifname)) {
      const [info] = asRecords([linkinfo]);
      links.set(ifname, {
        name: ifname,
        isBridge: info?.info_kind === "bridge",
        isUp: Array.isArray(flags) && flags.includes("UP"),
        master: typeof master === "string" ? master : null,
        alias: typeof ifalias === "string" ? ifalias : "",
        addresses: asRecords(entry.addr_info).flatMap(addressOf),
      });
    }
    for (const hop of entry.dst === "default" ? [entry, ...asRecords(entry.nexthops)] : [])
      if (typeof hop.dev === "string") uplinks.add(hop.dev);
  }
  return { links, uplinks };
}

function addressOf({ local, prefixlen, protocol }: Record<string, unknown>): PresentAddress[] {
  if (typeof local !== "string" || !isIPv4(local) || typeof prefixlen !== "number") return [];
  return [{ cidr: `${local}/${prefixlen}`, isOurs: Number(protocol) === PROTOCOL }];
}
