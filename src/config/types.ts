import type { PortPath } from "../hotplug/types.ts";
import type { TrafficMatch, UplinkId } from "../net/types.ts";

/** A modem's settings, merged from `defaults` and what names it. Secrets are here and nowhere else. */
export interface ModemConfig {
  /** `auto`: candidates from the operator database. */
  readonly apn: string;
  readonly pin: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly role: "balance" | "bundle";
  readonly weight: number | "auto";
  readonly tier: number;
  readonly enabled: boolean;
  readonly roaming: boolean;
  /** How to prove who we are to the network; `auto`: as it asks. */
  readonly authentication: "auto" | "pap" | "chap";
  /** What the bearer carries. IPv6 alone would be no uplink: a link lives and dies by its IPv4. */
  readonly ipType: "ipv4" | "ipv4v6";
}

/** An interface that exists without us and joins the balancer. */
export interface UplinkConfig {
  readonly interface: string;
  readonly weight: number | "auto";
  readonly tier: number;
  readonly role: "balance" | "bundle";
}

/** New connections of this kind use this link, or the links of this tier. */
export interface BalancerRule extends TrafficMatch {
  readonly use: UplinkId | { readonly tier: number };
  /** What becomes of them while there is no such link: refused, rather than spread as all others are. */
  readonly strict: boolean;
}

export interface AccessPointConfig {
  readonly enabled: boolean;
  readonly ssid: string;
  /** Secret. `auto`: made at the first start and kept. */
  readonly passphrase: string;
  /** ISO 3166-1 alpha-2, or null: as the kernel has it. */
  readonly country: string | null;
  /** Of the 2.4 GHz band (1–13) and of the 5 GHz band (36–165); each radio gets the least used one that it may use. */
  readonly channels: readonly number[];
  readonly security: "wpa2" | "wpa3" | "wpa2-wpa3";
  /** The SSID is not in the beacons. */
  readonly hidden: boolean;
  /** Stations may not talk to each other. */
  readonly isolation: boolean;
  /** At each radio; null: as many as its driver takes. */
  readonly maxStations: number | null;
  /** Radios that are no USB dongles, by their interfaces. */
  readonly interfaces: readonly string[];
}

export interface LanConfig {
  readonly bridge: string;
  /** The gateway's own IPv4 address with prefix length, e.g. `172.17.2.1/24`. */
  readonly address: string;
  /** `lease` as written, e.g. `1h`: number and one of s, m, h, d. Null: another server gives the addresses. */
  readonly dhcp: { readonly from: string; readonly to: string; readonly lease: string } | null;
  /** Wired interfaces that join the bridge. */
  readonly ports: readonly string[];
}

export interface Config {
  readonly modems: {
    readonly defaults: ModemConfig;
    /** Keyed by port path, `imei:…`, `imsi:…` or `iccid:…`; values name only what differs from the defaults. */
    readonly named: Readonly<Record<string, Partial<ModemConfig>>>;
  };
  readonly balancer: {
    readonly by: "connection" | "host";
    /** The first that fits decides. */
    readonly rules: readonly BalancerRule[];
    /** How long at most a link that is taken away on purpose may wait for its connections to end, in s; 0: not at all. */
    readonly drainSeconds: number;
  };
  readonly uplinks: readonly UplinkConfig[];
  readonly bundle: {
    readonly engine: "mptcp" | "mlppp";
    /** Host name or IPv4 address of the concentrator, and its port where that is not the usual one: `host:7119`. Null: as it was joined. */
    readonly concentrator: string | null;
    /** Secret. Null: as it was joined. */
    readonly key: string | null;
  };
  readonly accessPoint: AccessPointConfig;
  readonly lan: LanConfig;
  /** Names: dnsmasq for the LAN's clients and this computer itself, asking the links' name servers. */
  readonly dns: { readonly enabled: boolean };
  readonly power: {
    /** What a hub's supply really gives, in mA, by the hub's port path, or `usb1` for a root hub. */
    readonly hubs: Readonly<Record<string, number>>;
  };
  readonly probe: {
    /** Asked whether a link still carries data, where the network's own name servers do not answer. IPv4. */
    readonly servers: readonly string[];
  };
  /** From when on a link gets no new connections, though it carries data. */
  readonly health: {
    /** Part of the last 30 probes that were not answered in time, 0–1. */
    readonly loss: number;
    /** In time is within this. */
    readonly latencyMs: number;
  };
  /** What `wanherd measure` downloads when it is told of no other; the agent itself never does. */
  readonly measure: { readonly url: string | null };
  readonly journal: {
    readonly directory: string;
    readonly maxMegabytes: number;
    readonly maxDays: number;
    /** IMEI, IMSI and ICCID are masked where they enter the journal and the status. */
    readonly maskIdentities: boolean;
  };
}

/** What is known of a modem and its SIM; null or absent: not told. */
export interface ModemIds {
  readonly imei?: string | null;
  readonly imsi?: string | null;
  readonly iccid?: string | null;
}

/** Settings for the modem at this port with these ids; the most specific name wins: iccid, imsi, imei, port. */
export type ModemConfigLookup = (port: PortPath, ids: ModemIds) => ModemConfig;
