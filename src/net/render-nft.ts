import { hex, MARK_MASK, markOf, TABLE } from "./marks.ts";
import { spread } from "./spread.ts";
import type { DesiredNetwork, DesiredUplink, Pin, Share, TrafficMatch } from "./types.ts";

/** A fixed seed keeps a LAN host on its link when the table is replaced; without one the kernel draws a new one. */
const HOST_SEED = "0x77616e68";
/** Only ever lowers it (nft_exthdr.c, nft_exthdr_tcp_set_eval). */
const CLAMP = "tcp option maxseg size set";
/** Headers without options (RFC 9293, 3.7.1). */
const IPV4_AND_TCP_BYTES = 20 + 20;
const OUR_BITS = hex(MARK_MASK);
const OTHER_BITS = hex(~MARK_MASK);
const IPV4_ONLY = ["meta nfproto != ipv4 return"];
/** A connection whose beginning we did not see cannot go on behind our address. */
const BEGINS = ["ct state new tcp flags != syn / fin,syn,rst,ack reject with tcp reset"];

/** The transaction that removes our table; `add` first, so that a missing table is no error. */
export const REMOVE_NFT = `add table ${TABLE}\ndelete table ${TABLE}\n`;

/**
 * Our whole nftables table as one transaction for `nft -f`, which replaces what was there atomically. Valid for
 * nft 1.0.6 (Debian 12) and 1.1.3 (Debian 13). `desired` must have passed checkDesired. `mtus` has those of the interfaces.
 *
 * How a connection is pinned: its mark in the bits of MARK_MASK names its link, in conntrack for its life and on
 * each packet for the routing rules. One chain per link writes both, with constant masks, because nft 1.0.6
 * refuses a variable right side of `|`. IPv6 passes untouched but for the MSS clamp.
 *
 * Nearly all packets belong to connections that have their link, so these meet the fewest rules: two on arrival, and in
 * `forward` two more where they answer, or four.
 *
 * A connection whose link has gone loses its conntrack entry (see conntrack.ts), so its next packet counts as new:
 * UDP goes on over another link; TCP cannot, for its address has changed, and is answered with a reset at once, so
 * that the client dials anew instead of waiting for a timeout. Until the entry is deleted, the stale mark is refused.
 */
export function renderNft(desired: DesiredNetwork, mtus: ReadonlyMap<string, number> = new Map()): string {
  const { uplinks } = desired;
  const chains = [
    ...uplinks.map((link) => chain(linkChain(link), linkRules(link))),
    ...uplinks.map((link) => chain(leavingChain(link), leavingRules(link))),
    ...(uplinks.length === 0
      ? []
      : [chain("astray", astrayRules(uplinks)), chain("begins", BEGINS), chain("clamp", clamps(uplinks, mtus))]),
    chain("refuse", ["meta l4proto tcp reject with tcp reset", "reject with icmpx admin-prohibited"]),
    ...pinChains(desired),
    chain("prerouting", ["type filter hook prerouting priority mangle; policy accept;", ...prerouting(desired)]),
    chain("forward", ["type filter hook forward priority mangle; policy accept;", ...forward(uplinks)]),
    chain("postrouting", ["type nat hook postrouting priority srcnat; policy accept;", ...postrouting(uplinks)]),
  ];
  return `${REMOVE_NFT}table ${TABLE} {\n${chains.join("\n")}}\n`;
}

function linkRules(link: DesiredUplink): string[] {
  const mark = hex(markOf(link.slot));
  return [`ct mark set ct mark & ${OTHER_BITS} | ${mark}`, `meta mark set meta mark & ${OTHER_BITS} | ${mark}`];
}

/** What leaves by this link must be of this one, or of none. */
function leavingRules(link: DesiredUplink): string[] {
  const mark = hex(markOf(link.slot));
  return [
    `ct mark & ${OUR_BITS} ${mark} ct state != new return`,
    `ct mark & ${OUR_BITS} ${set([hex(0), mark])} goto begins`,
    "goto astray",
  ];
}

/**
 * A packet of another link that is here is one whose rule or route somebody has removed: it is dropped until that is
 * mended, for masquerading forgets a connection whose packet leaves by another interface (nf_nat_oif_changed, nf_nat_core.c).
 */
function astrayRules(uplinks: readonly DesiredUplink[]): string[] {
  return [`ct mark & ${OUR_BITS} ${set(uplinks.map((link) => hex(markOf(link.slot))))} drop`, "goto refuse"];
}

/** Where there are rules that pin: what they say, and what becomes of all other new connections. */
function pinChains({ by, pins, pick }: DesiredNetwork): string[] {
  if (pins.length === 0) return [];
  const target = ({ over }: Pin): string => {
    if (over === "nowhere") return "goto refuse";
    return (over === "pool" ? null : pickStatement(by, over)) ?? "goto pick";
  };
  const pool = pickStatement(by, pick);
  return [
    chain("pick", pool === null ? [] : [pool]),
    chain("new", [...pins.map((pin) => `${matchText(pin.match)}${target(pin)}`), "goto pick"]),
  ];
}

/** What a packet must be, with a space behind it; empty: anything. */
function matchText({ to, protocol, ports }: TrafficMatch): string {
  const destination = to === null ? "" : `ip daddr ${to} `;
  if (ports.length === 0) return protocol === null ? destination : `${destination}meta l4proto ${protocol} `;
  const ranges = set(ports.map((range) => (range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`)));
  return `${destination}${protocol ?? "meta l4proto { tcp, udp } th"} dport ${ranges} `;
}

function prerouting(desired: DesiredNetwork): string[] {
  const { lan, by, uplinks, pick, pins } = desired;
  const choice = pins.length === 0 ? pickStatement(by, pick) : "goto new";
  // `unicast`: neither an address of this host nor broadcast nor multicast.
  const fresh =
    choice === null
      ? []
      : [`iifname "${lan}" ct state new fib daddr type unicast fib daddr oifname != "${lan}" ${choice}`];
  // What is refused without its link is refused without any: there may be another way out that is not ours.
  if (uplinks.length === 0) return pins.some(({ over }) => over === "nowhere") ? [...IPV4_ONLY, ...fresh] : [];
  const byMark = uplinks.map((link) => `${hex(markOf(link.slot))} : goto ${linkChain(link)}`);
  const byArrival = uplinks.map((link) => `"${link.interface}" : goto ${linkChain(link)}`);
  return [
    ...IPV4_ONLY,
    // By mark and not by `ct state established`: UDP that was not answered yet is still `new`.
    `meta mark 0 ct mark & ${OUR_BITS} != 0 meta mark set ct mark & ${OUR_BITS} return`,
    // Where others have marked the packet.
    `ct mark & ${OUR_BITS} vmap ${set(byMark)}`,
    // What comes in over a link is answered over it.
    `ct state new iifname vmap ${set(byArrival)}`,
    ...fresh,
  ];
}

/** The statement that gives a new connection to one of these links by its share; null when there is none. */
function pickStatement(by: DesiredNetwork["by"], shares: readonly Share[]): string | null {
  const sequence = spread(shares.map(({ weight }) => weight));
  const turns = sequence.flatMap((index) => shares[index] ?? []);
  const first = turns[0];
  if (first === undefined) return null;
  if (turns.length === 1) return `goto ${linkChain(first)}`;
  const selector =
    by === "connection" ? `numgen inc mod ${turns.length}` : `jhash ip saddr mod ${turns.length} seed ${HOST_SEED}`;
  return `${selector} vmap ${set(turns.map((link, turn) => `${turn} : goto ${linkChain(link)}`))}`;
}

function forward(uplinks: readonly DesiredUplink[]): string[] {
  if (uplinks.length === 0) return [];
  const byLink = set(uplinks.map((link) => `"${link.interface}" : goto ${leavingChain(link)}`));
  return [
    "tcp flags syn / syn,rst jump clamp",
    // An answer keeps the address that its connection has, whichever way it leaves.
    "ct direction reply return",
    `meta nfproto ipv4 oifname vmap ${byLink}`,
  ];
}

function clamps(uplinks: readonly DesiredUplink[], mtus: ReadonlyMap<string, number>): string[] {
  const links = set(uplinks.map((link) => `"${link.interface}"`));
  return [`oifname ${links} ${CLAMP} rt mtu`, `iifname ${links} ${CLAMP} rt mtu`, ...clampsOnArrival(uplinks, mtus)];
}

/**
 * What a server says by a link that it will take must fit into that link too. `rt mtu` does not know it: it looks up the way
 * to the server without the connection's mark (nft_rt.c, get_tcpmss), and finds the main table's link.
 */
function clampsOnArrival(uplinks: readonly DesiredUplink[], mtus: ReadonlyMap<string, number>): string[] {
  const byMtu = new Map<number, string[]>();
  for (const { interface: name } of uplinks) {
    const mtu = mtus.get(name);
    if (mtu !== undefined) byMtu.set(mtu, [...(byMtu.get(mtu) ?? []), `"${name}"`]);
  }
  return [...byMtu].map(
    ([mtu, names]) => `meta nfproto ipv4 iifname ${set(names)} ${CLAMP} ${mtu - IPV4_AND_TCP_BYTES}`,
  );
}

function postrouting(uplinks: readonly DesiredUplink[]): string[] {
  if (uplinks.length === 0) return [];
  return [`meta nfproto ipv4 oifname ${set(uplinks.map((link) => `"${link.interface}"`))} masquerade`];
}

function linkChain(link: { readonly slot: number }): string {
  return `link_${link.slot}`;
}

function leavingChain(link: { readonly slot: number }): string {
  return `leaving_${link.slot}`;
}

function chain(name: string, rules: readonly string[]): string {
  return `\tchain ${name} {\n${rules.map((rule) => `\t\t${rule}\n`).join("")}\t}\n`;
}

function set(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}
