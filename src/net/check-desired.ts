import { isIPv4, isIPv6 } from "node:net";
import { FailureError, printable } from "../../machines/failure.ts";
import { MAX_SLOT } from "./marks.ts";
import type { DesiredBundle, DesiredNetwork, Share, TrafficMatch } from "./types.ts";

/**
 * What may stand in a text for nft, ip or in a path below /proc/sys. Stricter than the kernel (dev_valid_name,
 * net/core/dev.c: 15 bytes, no slash, colon or space): no quote, no `*` (nft's wildcard), no leading dot or dash.
 */
const INTERFACE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;

/** A network of a LAN's own (RFC 4193, 3.2), as lan-prefix.ts makes them. */
const LAN_PREFIX = /^fd[0-9a-f]{2}(?::[0-9a-f]{1,4}){0,2}::\/64$/;

/** The two names below /proc/sys/net/ipv4/conf that are no interfaces. */
const RESERVED: ReadonlySet<string> = new Set(["all", "default"]);

const MAX_WEIGHT = 1000;
const MAX_PORT = 65535;
const PROTOCOLS: ReadonlySet<string | null> = new Set(["tcp", "udp", "icmp", null]);

export function isInterfaceName(name: string): boolean {
  return INTERFACE.test(name) && !RESERVED.has(name);
}

export function isLanPrefix(text: string): boolean {
  return LAN_PREFIX.test(text);
}

/**
 * Refuses a value that must never reach the kernel: bad names or addresses, numbers out of range, slots that are
 * doubled, unsorted or of no uplink, an interface named twice, a match that is none. Throws FailureError Internal, for only a fault of ours makes one.
 */
export function checkDesired(desired: DesiredNetwork): void {
  const interfaces = new Set<string>();
  let lastSlot = 0;
  claim(desired.lan);
  if (desired.lanPrefix !== undefined && !isLanPrefix(desired.lanPrefix)) refuse(`LAN prefix ${desired.lanPrefix}`);
  for (const { slot, interface: name, address, via, address6 } of desired.uplinks) {
    if (!Number.isInteger(slot) || slot < 1 || slot > MAX_SLOT) refuse(`slot ${slot} of ${name}`);
    if (slot <= lastSlot) refuse(`slot ${slot} of ${name} after slot ${lastSlot}`);
    if (!isIPv4(address)) refuse(`address ${address} of ${name}`);
    if (via !== null && !isIPv4(via)) refuse(`router ${via} of ${name}`);
    // No zone, as in fe80::1%eth0.
    if (address6 !== undefined && (!isIPv6(address6) || address6.includes("%")))
      refuse(`address ${address6} of ${name}`);
    lastSlot = slot;
    claim(name);
  }
  const slots = new Set(desired.uplinks.map(({ slot }) => slot));
  checkShares(desired.pick, slots);
  for (const { match, over } of desired.pins) {
    checkMatch(match);
    if (over === "pool" || over === "nowhere") continue;
    if (over.length === 0) refuse("a pin over no link");
    checkShares(over, slots);
  }
  if (desired.bundle !== undefined) checkBundle(desired.bundle, slots);

  function claim(name: string): void {
    if (!isInterfaceName(name)) refuse(`interface name ${name}`);
    if (interfaces.has(name)) refuse(`interface ${name} twice`);
    interfaces.add(name);
  }
}

function checkShares(shares: readonly Share[], slots: ReadonlySet<number>): void {
  let lastSlot = 0;
  for (const { slot, weight } of shares) {
    if (!slots.has(slot)) refuse(`a share of slot ${slot}, which is no uplink`);
    if (slot <= lastSlot) refuse(`a share of slot ${slot} after slot ${lastSlot}`);
    if (!Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) refuse(`weight ${weight} of slot ${slot}`);
    lastSlot = slot;
  }
}

function checkBundle({ concentrator, members, proxy }: DesiredBundle, slots: ReadonlySet<number>): void {
  if (!isIPv4(concentrator)) refuse(`concentrator ${concentrator}`);
  checkShares(
    members.toSorted((a, b) => a - b).map((slot) => ({ slot, weight: 1 })),
    slots,
  );
  if (proxy === undefined) return;
  for (const { address, port } of [proxy, proxy.probe]) {
    if (!isIPv4(address) || !Number.isInteger(port) || port < 1 || port > MAX_PORT) refuse(`proxy ${address}:${port}`);
  }
}

function checkMatch({ to, protocol, ports }: TrafficMatch): void {
  const [address = "", prefix = "32", ...more] = (to ?? "0.0.0.0").split("/");
  if (!isIPv4(address) || !/^(?:[1-9]|[12]\d|3[0-2])$/.test(prefix) || more.length > 0) refuse(`destination ${to}`);
  if (!PROTOCOLS.has(protocol)) refuse(`protocol ${protocol}`);
  if (protocol === "icmp" && ports.length > 0) refuse("ports of ICMP");
  let last = 0;
  for (const range of ports) {
    if (!Number.isInteger(range.from) || !Number.isInteger(range.to)) refuse(`ports ${range.from}-${range.to}`);
    if (range.from <= last || range.to < range.from || range.to > MAX_PORT)
      refuse(`ports ${range.from}-${range.to} after port ${last}`);
    last = range.to;
  }
}

function refuse(what: string): never {
  throw new FailureError("Internal", `the desired network is malformed: ${printable(what, 100)}`);
}
