import { type Ipv6Part, ipv6Part } from "./ipv6-part.ts";
import { BUNDLE_MARK, hex, MARK_MASK, markOf, TABLE } from "./marks.ts";
import type { Family } from "./render-routes.ts";
import { spread } from "./spread.ts";
import type { DesiredNetwork, DesiredUplink, Pin, Share, TrafficMatch } from "./types.ts";

/** A fixed seed keeps a LAN host on its link when the table is replaced; without one the kernel draws a new one. */
const HOST_SEED = "0x77616e68";
/** Only ever lowers it (nft_exthdr.c, nft_exthdr_tcp_set_eval). */
const CLAMP = "tcp option maxseg size set";
/** Headers without options (RFC 9293, 3.7.1). */
const IPV4_AND_TCP_BYTES = 20 + 20;
const IPV6_AND_TCP_BYTES = 40 + 20;
/** All that is global today (RFC 4291, 2.4; IANA's registry of IPv6 addresses). */
const IPV6_INTERNET = "2000::/3";
const OUR_BITS = hex(MARK_MASK);
const OTHER_BITS = hex(~MARK_MASK);
const IPV4_ONLY = ["meta nfproto != ipv4 return"];
/** A connection whose beginning we did not see cannot go on behind our address. */
const BEGINS = ["ct state new tcp flags != syn / fin,syn,rst,ack reject with tcp reset"];

/**
 * A packet that conntrack gives to no connection, as one far outside the window (nf_conntrack_proto_tcp.c). It keeps its
 * addresses: to refuse it, or to let this host answer it, would end the connection that it belongs to, for one late packet.
 */
const OF_NO_CONNECTION = "ct state invalid drop";

/** The transaction that removes our table; `add` first, so that a missing table is no error. */
export const REMOVE_NFT = `add table ${TABLE}\ndelete table ${TABLE}\n`;

/**
 * Our whole nftables table as one transaction for `nft -f`, which replaces what was there atomically. Valid for
 * nft 1.0.6 (Debian 12) and 1.1.3 (Debian 13). `desired` must have passed checkDesired. `mtus` has those of the interfaces.
 *
 * How a connection is pinned: its mark in the bits of MARK_MASK names its link, in conntrack for its life and on
 * each packet for the routing rules. One chain per link writes both, with constant masks, because nft 1.0.6
 * refuses a variable right side of `|`. IPv6 passes untouched but for the MSS clamp, until a link has it; then what comes
 * from the LAN's own network (see lan-prefix.ts) and is bound for the internet is spread in the same way, and all else of it
 * still passes.
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
  const ipv6 = ipv6Part(desired);
  const chains = [
    ...uplinks.map((link) => chain(linkChain(link), linkRules(link))),
    ...uplinks.map((link) => chain(leavingChain(link), leavingRules(link))),
    ...(uplinks.length === 0
      ? []
      : [chain("astray", astrayRules(uplinks)), chain("begins", BEGINS), chain("clamp", clamps(uplinks, ipv6, mtus))]),
    chain("refuse", ["meta l4proto tcp reject with tcp reset", "reject with icmpx admin-prohibited"]),
    ...proxyChains(desired),
    ...pinChains(desired, 4, intoBundle(desired)),
    ...(ipv6 === null ? [] : [...pinChains({ ...ipv6, by: desired.by }, 6), ipv6Chain(desired, ipv6)]),
    chain("prerouting", ["type filter hook prerouting priority mangle; policy accept;", ...prerouting(desired)]),
    chain("forward", ["type filter hook forward priority mangle; policy accept;", ...forward(uplinks, ipv6)]),
    chain("postrouting", ["type nat hook postrouting priority srcnat; policy accept;", ...postrouting(uplinks, ipv6)]),
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
  const ofOthers = `ct mark & ${OUR_BITS} ${set(uplinks.map((link) => hex(markOf(link.slot))))} drop`;
  return [ofOthers, OF_NO_CONNECTION, "goto refuse"];
}

/**
 * The bundle's proxy: what it takes has a mark of its own, so that no link's end cuts it, and the proxy has no other clients. It
 * speaks plain TCP to the LAN: of a connection that it took as Multipath TCP the kernel would not tell where it was bound for.
 */
function proxyChains({ bundle }: DesiredNetwork): string[] {
  const proxy = bundle?.proxy;
  if (proxy === undefined) return [];
  const mark = hex(BUNDLE_MARK);
  const marked = `ct mark set ct mark & ${OTHER_BITS} | ${mark}`;
  const there = `dnat ip to ${proxy.address}:${proxy.port}`;
  return [
    chain("bundled", [marked, "reset tcp option mptcp"]),
    chain("proxied", [
      "type nat hook prerouting priority dstnat; policy accept;",
      `meta nfproto ipv4 meta l4proto tcp ct mark & ${OUR_BITS} ${mark} ${there}`,
    ]),
    chain("probing", [
      "type nat hook output priority -100; policy accept;",
      `ip daddr ${proxy.probe.address} tcp dport ${proxy.probe.port} ${marked} ${there}`,
    ]),
    chain("arriving", [
      "type filter hook input priority filter; policy accept;",
      `ip daddr ${proxy.address} tcp dport ${proxy.port} ct mark & ${OUR_BITS} != ${mark} reject with tcp reset`,
    ]),
  ];
}

/** What goes into the bundle before the balancer is asked. */
function intoBundle({ bundle }: DesiredNetwork): string[] {
  return bundle?.proxy?.carries === true ? ["meta l4proto tcp goto bundled"] : [];
}

/** Where there are rules that pin: what they say, and what becomes of all other new connections. */
function pinChains(
  { by, pins, pick }: Pick<DesiredNetwork, "by" | "pins" | "pick">,
  family: Family,
  first: readonly string[] = [],
): string[] {
  if (pins.length === 0) return [];
  const [newOnes, picking] = family === 4 ? ["new", "pick"] : ["new_ipv6", "pick_ipv6"];
  const target = ({ over }: Pin): string => {
    if (over === "nowhere") return "goto refuse";
    return (over === "pool" ? null : pickStatement(by, over, family)) ?? `goto ${picking}`;
  };
  const pool = pickStatement(by, pick, family) ?? (family === 6 ? "goto refuse" : null);
  return [
    chain(picking, pool === null ? first : [...first, pool]),
    chain(newOnes, [...pins.map((pin) => `${matchText(pin.match, family)}${target(pin)}`), `goto ${picking}`]),
  ];
}

/** What a packet must be, with a space behind it; empty: anything. */
function matchText({ to, protocol, ports }: TrafficMatch, family: Family): string {
  const destination = to === null ? "" : `ip daddr ${to} `;
  const named = protocol === "icmp" && family === 6 ? "ipv6-icmp" : protocol;
  if (ports.length === 0) return named === null ? destination : `${destination}meta l4proto ${named} `;
  const ranges = set(ports.map((range) => (range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`)));
  return `${destination}${protocol ?? "meta l4proto { tcp, udp } th"} dport ${ranges} `;
}

function prerouting(desired: DesiredNetwork): string[] {
  const rules = ipv4Rules(desired);
  if (ipv6Part(desired) !== null) return ["meta nfproto ipv6 goto ipv6", ...rules];
  return rules.length === 0 ? [] : [...IPV4_ONLY, ...rules];
}

function ipv4Rules(desired: DesiredNetwork): string[] {
  const { lan, by, uplinks, pick, pins } = desired;
  const choice = pins.length === 0 ? pickStatement(by, pick, 4) : "goto new";
  // `unicast`: neither an address of this host nor broadcast nor multicast.
  const ours = `iifname "${lan}" ct state new fib daddr type unicast fib daddr oifname != "${lan}"`;
  const choices = [...(pins.length === 0 ? intoBundle(desired) : []), ...(choice === null ? [] : [choice])];
  const fresh = choices.map((each) => `${ours} ${each}`);
  // What is refused without its link is refused without any: there may be another way out that is not ours.
  if (uplinks.length === 0) return pins.some(({ over }) => over === "nowhere") ? fresh : [];
  return [...kept(uplinks), ...fresh];
}

/**
 * What becomes of IPv6. A connection that finds no link is refused at once, so that its host takes IPv4, and one that has
 * lost its link is ended.
 */
function ipv6Chain({ lan, by }: DesiredNetwork, { prefix, uplinks, pick, pins }: Ipv6Part): string {
  const choice = pins.length === 0 ? pickStatement(by, pick, 6) : "goto new_ipv6";
  const outgoing = `iifname "${lan}" ip6 saddr ${prefix} ip6 daddr ${IPV6_INTERNET} fib daddr type != local`;
  return chain("ipv6", [
    ...(uplinks.length === 0 ? [] : kept(uplinks)),
    `${outgoing} ${choice === null ? "goto refuse" : `ct state new ${choice}`}`,
  ]);
}

/** Connections that have a link keep it. */
function kept(uplinks: readonly DesiredUplink[]): string[] {
  const byMark = uplinks.map((link) => `${hex(markOf(link.slot))} : goto ${linkChain(link)}`);
  const byArrival = uplinks.map((link) => `"${link.interface}" : goto ${linkChain(link)}`);
  return [
    // By mark and not by `ct state established`: UDP that was not answered yet is still `new`.
    `meta mark 0 ct mark & ${OUR_BITS} != 0 meta mark set ct mark & ${OUR_BITS} return`,
    // Where others have marked the packet.
    `ct mark & ${OUR_BITS} vmap ${set(byMark)}`,
    // What comes in over a link is answered over it.
    `ct state new iifname vmap ${set(byArrival)}`,
    `iifname ${interfaces(uplinks)} ${OF_NO_CONNECTION}`,
  ];
}

/** The statement that gives a new connection to one of these links by its share; null when there is none. */
function pickStatement(by: DesiredNetwork["by"], shares: readonly Share[], family: Family): string | null {
  const sequence = spread(shares.map(({ weight }) => weight));
  const turns = sequence.flatMap((index) => shares[index] ?? []);
  const first = turns[0];
  if (first === undefined) return null;
  if (turns.length === 1) return `goto ${linkChain(first)}`;
  const source = family === 4 ? "ip saddr" : "ip6 saddr";
  const selector =
    by === "connection" ? `numgen inc mod ${turns.length}` : `jhash ${source} mod ${turns.length} seed ${HOST_SEED}`;
  return `${selector} vmap ${set(turns.map((link, turn) => `${turn} : goto ${linkChain(link)}`))}`;
}

function forward(uplinks: readonly DesiredUplink[], ipv6: Ipv6Part | null): string[] {
  if (uplinks.length === 0) return [];
  const family = ipv6 === null ? "meta nfproto ipv4 " : "";
  const byLink = set(uplinks.map((link) => `"${link.interface}" : goto ${leavingChain(link)}`));
  return [
    "tcp flags syn / syn,rst jump clamp",
    // An answer keeps the address that its connection has, whichever way it leaves.
    "ct direction reply return",
    `${family}oifname vmap ${byLink}`,
  ];
}

function clamps(uplinks: readonly DesiredUplink[], ipv6: Ipv6Part | null, mtus: ReadonlyMap<string, number>): string[] {
  const links = interfaces(uplinks);
  return [
    `oifname ${links} ${CLAMP} rt mtu`,
    `iifname ${links} ${CLAMP} rt mtu`,
    ...clampsOnArrival(uplinks, mtus, 4),
    ...clampsOnArrival(ipv6?.uplinks ?? [], mtus, 6),
  ];
}

/**
 * What a server says by a link that it will take must fit into that link too. `rt mtu` does not know it: it looks up the way
 * to the server without the connection's mark (nft_rt.c, get_tcpmss), and finds the main table's link.
 */
function clampsOnArrival(
  uplinks: readonly DesiredUplink[],
  mtus: ReadonlyMap<string, number>,
  family: Family,
): string[] {
  const headers = family === 4 ? IPV4_AND_TCP_BYTES : IPV6_AND_TCP_BYTES;
  const byMtu = new Map<number, string[]>();
  for (const { interface: name } of uplinks) {
    const mtu = mtus.get(name);
    if (mtu !== undefined) byMtu.set(mtu, [...(byMtu.get(mtu) ?? []), `"${name}"`]);
  }
  return [...byMtu].map(([mtu, names]) => `meta nfproto ipv${family} iifname ${set(names)} ${CLAMP} ${mtu - headers}`);
}

function postrouting(uplinks: readonly DesiredUplink[], ipv6: Ipv6Part | null): string[] {
  return [
    ...(uplinks.length === 0 ? [] : [`meta nfproto ipv4 oifname ${interfaces(uplinks)} masquerade`]),
    // What bears the address of a link already, as the gateway's own, keeps it.
    ...(ipv6 === null || ipv6.uplinks.length === 0
      ? []
      : [`ip6 saddr ${ipv6.prefix} oifname ${interfaces(ipv6.uplinks)} masquerade`]),
  ];
}

function interfaces(links: readonly DesiredUplink[]): string {
  return set(links.map((link) => `"${link.interface}"`));
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
