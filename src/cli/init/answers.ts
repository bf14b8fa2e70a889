/** What `wanherd init` asks for; null: as it is without an answer. */
export interface Answers {
  /** ISO 3166-1 alpha-2, in capital letters. */
  readonly country: string | null;
  readonly ssid: string | null;
  /** Secret. */
  readonly passphrase: string | null;
  readonly apn: string | null;
  /** An interface that others set up and that leads to the internet: used while no modem is good. */
  readonly backup: string | null;
  /** The gateway's address with prefix length, where the usual one collides with a network that is there. */
  readonly lanAddress: string | null;
}

/** What the questions can offer, as found on this machine. */
export interface Offers {
  readonly country: string | null;
  /** Interfaces with a default route, best first. */
  readonly uplinks: readonly string[];
  readonly lanAddress: string | null;
}
