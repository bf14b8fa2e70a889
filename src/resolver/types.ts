/** The name servers that a link's network named, most preferred first; none: it named none. */
export interface LinkNameServers {
  readonly interface: string;
  /** IPv4. */
  readonly addresses: readonly string[];
}

/** The addresses that the LAN's clients are given. */
export interface DhcpSettings {
  /** IPv4; both ends belong to it. */
  readonly from: string;
  readonly to: string;
  /** As dnsmasq writes it: number and one of s, m, h, d. */
  readonly lease: string;
  /** The gateway's own address in the LAN with prefix length: the clients' router and name server. */
  readonly address: string;
}

/** What dnsmasq is started with. */
export interface ResolverSettings {
  /** There are names or addresses to answer for. */
  readonly enabled: boolean;
  /** It answers names; false: only DHCP, so that another name server has port 53. */
  readonly names: boolean;
  /** Null: it gives no addresses. */
  readonly dhcp: DhcpSettings | null;
  /** The interface of the LAN whose clients it answers; it need not exist yet. */
  readonly lan: string;
  /** It announces the LAN's IPv6 network while the gateway has an address in it. Needs a kernel with IPv6. */
  readonly ipv6?: boolean;
}
