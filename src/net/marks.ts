/**
 * The numbers by which the kernel's objects are known as ours. A killed agent's leftovers are found by them, and
 * other programs can stay clear of them. A link's slot n (1–250) picks its number in each band:
 *
 *   band          used for
 *   ------------  -----------------------------------------------------------------------------------------
 *   n << 8        fwmark and connection mark, in the bits of 0xff00 only; all other bits belong to others
 *   27000 + n     routing table with the link's default route
 *   16999         rule: what the main table knows better than a default route (LAN, VPNs) goes there first
 *   17000 + n     rule: packets with the link's mark use the link's table
 *   17300 + n     rule: packets from the link's address (the gateway's own sockets) use the link's table
 *   251 << 8      connection mark of what the bundle's proxy takes
 *   17900         rule: what goes to the bundle's concentrator and has no address yet uses table 27251, which has the default
 *                 routes of the bundle's links, the fastest first: metric 20000 + n, the second one's 21000 + n, and so on
 *   32765         rule: what nobody else's rule has sent elsewhere uses table 27000 before the main table's default route;
 *                 there only while an interface that others configure is among the links
 *   27000         routing table with the default routes of all links, by preference
 *   20000 + n     metric of the link's default route in the main table, for the gateway's own traffic
 *   20300 + n     the same for a link that gets no new connections: the last resort
 *
 * IPv6 has the same numbers in rules and tables of its own, which the kernel keeps apart.
 *
 * All rules and routes carry routing protocol number 119, which /etc/iproute2/rt_protos and the kernel's
 * include/uapi/linux/rtnetlink.h leave free. All nftables objects are in the table `inet wanherd`.
 */
export const TABLE = "inet wanherd";
export const PROTOCOL = 119;
export const MARK_MASK = 0xff00;
export const MAIN_TABLE = 254;
export const MAX_SLOT = 250;

const MARK_SHIFT = 8;
const TABLE_BAND = 27000;
const MARK_RULE_BAND = 17000;
const ADDRESS_RULE_BAND = 17300;
const METRIC_BAND = 20000;
const PLACE_BAND = 1_000;
const LAST_RESORT_METRIC_BAND = 20300;

/** Priority of the rule that sends everything but default routes to the main table. */
export const MAIN_FIRST_PRIORITY = 16999;

/**
 * The last before the main table (32766), so that rules of others, which `ip rule` puts at 32765 and below, have their say
 * first: an equal one that was there before ours is asked before ours (Linux, net/core/fib_rules.c, fib_nl_newrule).
 */
export const GATEWAY_PRIORITY = 32765;
export const GATEWAY_TABLE = TABLE_BAND;

/** Behind the rules by address: a socket that has one keeps to its link. */
export const BUNDLE_PRIORITY = 17900;
export const BUNDLE_TABLE = TABLE_BAND + MAX_SLOT + 1;
export const BUNDLE_MARK = (MAX_SLOT + 1) << MARK_SHIFT;

/** The link's mark within MARK_MASK. */
export function markOf(slot: number): number {
  return slot << MARK_SHIFT;
}

export function tableOf(slot: number): number {
  return TABLE_BAND + slot;
}

export function markRulePriority(slot: number): number {
  return MARK_RULE_BAND + slot;
}

export function addressRulePriority(slot: number): number {
  return ADDRESS_RULE_BAND + slot;
}

/** Metric of the link's default route in the main table; links that take no new connections come last. */
export function mainMetric(slot: number, takesNew: boolean): number {
  return (takesNew ? METRIC_BAND : LAST_RESORT_METRIC_BAND) + slot;
}

/** The same in the bundle's table, of the link at this place in its order, from 0 on. No two links ever have the same one, in whatever order. */
export function bundledMetric(slot: number, place: number): number {
  return METRIC_BAND + place * PLACE_BAND + slot;
}

/** The slot whose address rule has this priority, or null when it is outside that band. */
export function slotOfAddressRule(priority: number): number | null {
  return slotIn(ADDRESS_RULE_BAND, priority);
}

/** The slot whose routing table this is, or null when it is no link's. */
export function slotOfTable(table: number): number | null {
  return slotIn(TABLE_BAND, table);
}

/** Whether a rule of this priority can be ours. */
export function isOurPriority(priority: number): boolean {
  return (
    priority === MAIN_FIRST_PRIORITY ||
    priority === GATEWAY_PRIORITY ||
    priority === BUNDLE_PRIORITY ||
    slotIn(MARK_RULE_BAND, priority) !== null ||
    slotIn(ADDRESS_RULE_BAND, priority) !== null
  );
}

function slotIn(band: number, number: number): number | null {
  const slot = number - band;
  return slot >= 1 && slot <= MAX_SLOT ? slot : null;
}

/** As nft and ip write marks: `0x00000100`. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}
