/** The name servers that a link's network named, most preferred first; none: it named none. */
export interface LinkNameServers {
  readonly interface: string;
  /** IPv4. */
  readonly addresses: readonly string[];
}

/** What dnsmasq is started with. */
export interface ResolverSettings {
  readonly enabled: boolean;
  /** The interface of the LAN whose clients it answers; it need not exist yet. */
  readonly lan: string;
  /** It announces the LAN's IPv6 network while the gateway has an address in it. Needs a kernel with IPv6. */
  readonly ipv6?: boolean;
}
