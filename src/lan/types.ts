/** The LAN as the kernel should have it. */
export interface DesiredLan {
  /** Made if it is not there; one that others made is used as it is. */
  readonly bridge: string;
  /** The gateway's IPv4 address in it with prefix length, e.g. `172.17.2.1/24`. */
  readonly address: string;
  /** Wired interfaces that join it; one that is not there (yet) joins when it comes. Radios are put in by hostapd. */
  readonly ports: readonly string[];
}
