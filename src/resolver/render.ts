import { isIPv4 } from "node:net";
import { FailureError, printable } from "../../machines/failure.ts";
import { isInterfaceName } from "../net/check-desired.ts";
import type { DhcpSettings, LinkNameServers, ResolverSettings } from "./types.ts";

/** Of one link: each question goes to all of them, so more would only cost. */
const MAX_PER_LINK = 2;
/** What some modems name when their network has named none. */
const NOBODY: ReadonlySet<string> = new Set(["0.0.0.0", "10.11.12.13", "10.11.12.14", "255.255.255.255"]);

/** The LAN's own domain, which is not asked for elsewhere. `lan` is what routers have used for it, and no public suffix. */
const DOMAIN = "lan";

/** Where dnsmasq finds and keeps things. */
export interface RenderPaths {
  readonly servers: string;
  /** Survives reboots, so that clients keep their addresses. */
  readonly leases: string;
}

/**
 * dnsmasq's whole configuration (dnsmasq(8), 2.89 and later): names on loopback and the LAN, and the addresses of the LAN. Throws
 * FailureError Internal where a value must never reach it.
 */
export function renderConfig({ lan, names, dhcp, ipv6 = false }: ResolverSettings, paths: RenderPaths): string {
  if (!isInterfaceName(lan)) throw new FailureError("Internal", `no interface name: ${printable(lan, 40)}`);
  return [
    "# Made by wanherd at each start.",
    // Loopback is implied. Never on an uplink: an open resolver is a weapon in others' hands.
    `interface=${lan}`,
    // The LAN's interface may come and go, and its address with it.
    "bind-dynamic",
    ...(names ? nameLines(paths.servers) : ["port=0"]),
    ...(dhcp === null ? [] : dhcpLines(dhcp, paths.leases)),
    ...(ipv6 ? announcement(lan) : []),
    "",
  ].join("\n");
}

function nameLines(serversFile: string): string[] {
  return [
    "no-resolv",
    "no-hosts",
    `servers-file=${serversFile}`,
    // The first answer counts, so that a link that has died, and is not yet known to be dead, delays no name.
    "all-servers",
    // A router on a wired uplink may ask us.
    "dns-loop-detect",
    // Names of the internet do not lead into the LAN; blocklists answer in 127.0.0.0/8.
    "stop-dns-rebind",
    "rebind-localhost-ok",
    "domain-needed",
    "bogus-priv",
    "cache-size=1000",
  ];
}

function dhcpLines({ from, to, lease, address }: DhcpSettings, leaseFile: string): string[] {
  const [gateway = "", prefix = ""] = address.split("/");
  const isSound =
    [from, to, gateway].every((text) => isIPv4(text)) &&
    /^(?:[89]|[12]\d|30)$/.test(prefix) &&
    /^\d{1,9}[smhd]$/.test(lease);
  if (!isSound || /\s/.test(leaseFile)) throw new FailureError("Internal", "dnsmasq is to give no sound addresses");
  return [
    `dhcp-range=${from},${to},${netmask(Number(prefix))},${lease}`,
    `dhcp-option=option:router,${gateway}`,
    `dhcp-option=option:dns-server,${gateway}`,
    // There is no other server here: who comes back with a stranger's lease is told so at once.
    "dhcp-authoritative",
    // To ask whether an address is in use takes 3 s each time; leases are kept, and clients look for themselves (RFC 5227).
    "no-ping",
    `dhcp-leasefile=${leaseFile}`,
    `domain=${DOMAIN}`,
    `local=/${DOMAIN}/`,
    `host-record=wanherd.${DOMAIN},${gateway}`,
    // A client of this name would tell all browsers which proxy to use (VU#598349).
    "dhcp-name-match=set:wpad-ignore,wpad",
    "dhcp-ignore-names=tag:wpad-ignore",
  ];
}

function netmask(prefix: number): string {
  const bits = (2 ** 32 - 2 ** (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/**
 * Router advertisements of the network in which the gateway has an IPv6 address, for as long as it has it: hosts are told at
 * once when it goes (a router's lifetime of 0), and find it out in an hour when we are not there to. Names are asked over IPv4,
 * which stays.
 */
function announcement(lan: string): string[] {
  return ["enable-ra", `dhcp-range=::,constructor:${lan},ra-only,1h`, "dhcp-option=option6:dns-server"];
}

/**
 * The file that dnsmasq reads anew on SIGHUP: each link's name servers, asked over that link only, as an operator's
 * answer nobody else; where a network named none, `fallback`.
 */
export function renderServers(links: readonly LinkNameServers[], fallback: readonly string[]): string {
  return links
    .flatMap(({ interface: name, addresses }) => {
      const named = addresses.filter(isSomebody).slice(0, MAX_PER_LINK);
      const asked = named.length > 0 ? named : fallback.filter(isSomebody).slice(0, MAX_PER_LINK);
      return isInterfaceName(name) ? [...new Set(asked)].map((address) => `server=${address}@${name}\n`) : [];
    })
    .join("");
}

function isSomebody(address: string): boolean {
  return isIPv4(address) && !NOBODY.has(address) && !address.startsWith("127.");
}
