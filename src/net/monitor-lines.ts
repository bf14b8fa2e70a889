import { isInterfaceName } from "./check-desired.ts";
import { PROTOCOL } from "./marks.ts";

/** What one line of `ip monitor` is about: no more than where to look. */
export interface NetworkChange {
  /** null: all interfaces may have changed. */
  readonly interface: string | null;
  /** The kernel's number for it; 0: not told. An interface that is renamed keeps its number. */
  readonly index: number;
  /** The interface has ended, or moved to another network namespace. */
  readonly gone: boolean;
}

/** Longer than any line that matters; a route with very many next hops is cut, and still begins with `default`. */
export const LONGEST_LINE = 4_096;

/** `3: eth0@if2: <BROADCAST,UP> mtu 1500 qdisc noqueue …`, `3: eth0    inet 192.0.2.2/24 scope global …` */
const OF_INTERFACE = /^(Deleted )?(\d{1,10}): ([^\s:@]{1,15})(?:@[^\s:]{1,32})?(: | +inet )/;
/** Leaving a bridge is told as a deletion too, without a queueing discipline (iproute2, print_linkinfo; AF_BRIDGE). */
const OF_LINK_ITSELF = / qdisc /;
const DEFAULT_ROUTE = /^(?:Deleted )?default /;
/** A route that is in the main table names none. */
const OTHER_TABLE = / table /;
const OURS = new RegExp(` proto ${PROTOCOL}(?: |$)`);

/**
 * What a line of `ip -4 -o monitor link address route` says has changed, or null: another kind of route, one of our own
 * making, or nothing that is understood.
 */
export function parseMonitorLine(line: string): NetworkChange | null {
  if (DEFAULT_ROUTE.test(line))
    return OTHER_TABLE.test(line) || OURS.test(line) ? null : { interface: null, index: 0, gone: false };
  const [, deleted, index, name = "", kind] = OF_INTERFACE.exec(line) ?? [];
  if (!isInterfaceName(name)) return null;
  const gone = deleted !== undefined && kind === ": " && OF_LINK_ITSELF.test(line);
  return { interface: name, index: Number(index), gone };
}
