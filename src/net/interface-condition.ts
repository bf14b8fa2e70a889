import { isIPv4 } from "node:net";
import type { InterfaceCondition } from "../../machines/interface/effects.ts";
import { asRecords, ipRecords } from "./ip-records.ts";
import { PROTOCOL } from "./marks.ts";

interface Address {
  readonly local: string;
  readonly prefix: number;
}
interface DefaultRoute {
  readonly via: string | null;
  readonly source: string | null;
  readonly metric: number;
}

/** More than anybody gives one interface. */
const MOST_ADDRESSES = 64;

/** What `ip -N -j -force -batch -` is asked to tell about an interface. */
export function conditionLines(name: string): readonly string[] {
  return [`address show dev ${name}`, "route show default table main"];
}

/**
 * What an interface is good for as an uplink, out of `ip`'s answer to `conditionLines`: two JSON arrays, one per line, of
 * which the first is missing where there is no such interface. `lan` is the gateway's own address with prefix length, or null. What is
 * not of the shape that `ip` makes is passed over; our own routes are nobody's word. Throws SyntaxError.
 */
export function parseCondition(output: string, name: string, lan: string | null): InterfaceCondition {
  const entries = ipRecords(output);
  const itself = entries.find((entry) => entry.ifname === name);
  if (itself === undefined) return { condition: "absent" };
  if (!hasFlag(itself, "UP")) return { condition: "down" };
  if (!hasFlag(itself, "LOWER_UP")) return { condition: "unplugged" };
  const addresses = asRecords(itself.addr_info).slice(0, MOST_ADDRESSES).flatMap(addressOf);
  const [first] = addresses;
  if (first === undefined) return { condition: "unaddressed" };
  const clashing = addresses.find((address) => lan !== null && overlap(cidr(address), lan));
  if (clashing !== undefined && lan !== null) return { condition: "clashing", address: cidr(clashing), lan };
  const [route] = entries.flatMap((entry) => routesOf(entry, name)).sort((a, b) => a.metric - b.metric);
  if (route === undefined) return { condition: "unrouted" };
  const { via, source } = route;
  const own =
    addresses.find(({ local }) => local === source) ??
    addresses.find((address) => via !== null && overlap(cidr(address), `${via}/32`)) ??
    first;
  return { condition: "ready", link: { interface: name, address: own.local, via, dns: [] } };
}

/** An address that the outside may answer to: of a machine's own kind, and not one that is running out (`deprecated`). */
function addressOf({ family, local, prefixlen, scope, deprecated, tentative }: Record<string, unknown>): Address[] {
  if (family !== "inet" || typeof local !== "string" || !isIPv4(local)) return [];
  // 0 is rtnetlink's number for a scope of all the world (RT_SCOPE_UNIVERSE); -N tells numbers.
  if ((scope !== "global" && scope !== "0") || deprecated === true || tentative === true) return [];
  const prefix = typeof prefixlen === "number" && prefixlen >= 0 && prefixlen <= 32 ? prefixlen : 32;
  return [{ local, prefix }];
}

/** The default routes through this interface that an entry holds: it may name several next hops. */
function routesOf(entry: Record<string, unknown>, name: string): DefaultRoute[] {
  if (entry.dst !== "default" || String(entry.protocol) === String(PROTOCOL)) return [];
  const metric = typeof entry.metric === "number" ? entry.metric : 0;
  const source = typeof entry.prefsrc === "string" ? entry.prefsrc : null;
  return [entry, ...asRecords(entry.nexthops)].flatMap((hop): DefaultRoute[] => {
    const { gateway } = hop;
    if (hop.dev !== name || hasFlag(hop, "dead")) return [];
    if (gateway === undefined) return [{ via: null, source, metric }];
    return typeof gateway === "string" && isIPv4(gateway) ? [{ via: gateway, source, metric }] : [];
  });
}

/** Whether two nets, each written as any address in it with the prefix length, share an address. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [netOf(one), netOf(other)];
  const size = 2 ** (32 - Math.min(first.prefix, second.prefix));
  return Math.floor(first.number / size) === Math.floor(second.number / size);
}

function netOf(text: string): { readonly number: number; readonly prefix: number } {
  const [address = "", prefix = "32"] = text.split("/");
  return { number: address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0), prefix: Number(prefix) };
}

function cidr({ local, prefix }: Address): string {
  return `${local}/${prefix}`;
}

function hasFlag({ flags }: Record<string, unknown>, flag: string): boolean {
  return Array.isArray(flags) && flags.includes(flag);
}
