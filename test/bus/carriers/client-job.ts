/** Downloads to be made by the LAN's client. */
export interface ClientJob {
  /** How many, each over a connection of its own. */
  readonly connections: number;
  /** How many of them at the same time. Default: all. */
  readonly concurrency?: number;
  /** Size of each body. Default 0: only the answer counts. */
  readonly bytes?: number;
  /** Goes on with the same number at the same time for so long, then breaks off: `connections` does not count. */
  readonly forMs?: number;
  /** The client's own addresses, which the downloads take in turn. Default: its only one. */
  readonly from?: readonly string[];
  /** By IPv6. */
  readonly ipv6?: boolean;
  /** Without a byte for so long a download is given up. Default 10000. */
  readonly patienceMs?: number;
}

/** How one download went. */
export interface Download {
  /** The client's address as the server saw it: which carrier it went through. Empty when there was no answer. */
  readonly via: string;
  readonly bytes: number;
  /** All of the body came, every byte of it right. */
  readonly complete: boolean;
  /** The client's own address. */
  readonly from: string;
  /** The client's port, by which the internet's record of paths names the connection. */
  readonly port: number;
  /** CLOCK_MONOTONIC. */
  readonly startMs: number;
  readonly tookMs: number;
  /** The longest time without a byte. */
  readonly longestGapMs: number;
  readonly error?: string;
}

/** All downloads of a job, in the order of their ends. */
export interface ClientResult {
  readonly downloads: readonly Download[];
  readonly tookMs: number;
}
