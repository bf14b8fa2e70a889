/**
 * The emulated world's addresses, for one carrier `id` of 1–250:
 *
 *     gateway ── 10.64.id.2 ≈≈ppp≈≈ 10.64.id.1 [carrier-id] 10.65.id.1 ── 10.65.id.2 [internet] 198.51.100.1
 *
 * A concentrator, where one was asked for, is beyond the internet: [internet] 198.51.100.8 ── 198.51.100.9 [concentrator].
 * Those that offer IPv6 announce 2001:db8:64:id::/64 to their callers (RFC 3849); ids are written in it as they are here.
 */
export const INTERNET = "internet";
export const CLIENT = "client";
/** The internet's only server (TEST-NET-2, RFC 5737). */
export const SERVER_ADDRESS = "198.51.100.1";
export const SERVER_ADDRESS6 = "2001:db8:ffff::1";
export const CONCENTRATOR = "concentrator";
export const CONCENTRATOR_ADDRESS = "198.51.100.9";
/** The internet's end of its line. */
export const CONCENTRATOR_ROUTER = "198.51.100.8";
export const HTTP_PORT = 80;
export const DNS_PORT = 53;

export const LAN_BRIDGE = "lan-br";
export const LAN_ADDRESS = "172.17.2.1";
export const CLIENT_ADDRESS = "172.17.2.100";

export interface CarrierNames {
  readonly namespace: string;
  /** The carrier's end of its line to the internet. */
  readonly uplink: string;
  /** The internet's end of the same line. */
  readonly downlink: string;
  /** The carrier's ppp interface. */
  readonly ppp: string;
  readonly pppUnit: number;
  /** What its pppd says. */
  readonly pppLog: string;
  readonly pppLocal: string;
  readonly pppRemote: string;
  /** The carrier's IPv6 address in the network that its caller is given. */
  readonly pppLocal6: string;
  /** The whole of its callers' IPv6, and the two ends of its line to the internet. */
  readonly network6: string;
  readonly up6: string;
  readonly down6: string;
}

/** @throws for an id that is no carrier's. */
export function carrierNames(id: number): CarrierNames {
  if (!Number.isInteger(id) || id < 1 || id > 250) throw new Error(`carrier ${id}: the ids are 1 to 250`);
  // Far from the gateway's own units: pppd names files below /run by unit, and /run is not the namespace's own.
  const pppUnit = 1000 + id;
  return {
    namespace: `carrier-${id}`,
    uplink: `up${id}`,
    downlink: `carrier${id}`,
    ppp: `ppp${pppUnit}`,
    pppUnit,
    pppLog: `/run/carrier-${id}.log`,
    pppLocal: `10.64.${id}.1`,
    pppRemote: `10.64.${id}.2`,
    pppLocal6: `2001:db8:64:${id}::1`,
    network6: `2001:db8:64:${id}::/64`,
    up6: `2001:db8:65:${id}::1`,
    down6: `2001:db8:65:${id}::2`,
  };
}
