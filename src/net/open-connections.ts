/** What is seen of a connection in its line of `conntrack -L`. */
export interface TrackedConnection {
  readonly protocol: "tcp" | "udp";
  /** TCP's, as conntrack names it (nf_conntrack_proto_tcp.c): `ESTABLISHED`, `TIME_WAIT`, …; null for UDP. */
  readonly state: string | null;
  /** Until the kernel forgets it if nothing more is sent, in s. */
  readonly expiresIn: number;
  /** Packets went both ways; of UDP: for longer than 2 s (nf_conntrack_proto_udp.c), so it is no mere question and answer. */
  readonly assured: boolean;
}

/** `tcp      6 431999 ESTABLISHED src=172.17.2.10 dst=…`, `udp      17 29 src=172.17.2.10 dst=…` */
const LINE = /^(?:(tcp) +6 +(\d{1,10}) +([A-Z][A-Z0-9_]{0,15})|udp +17 +(\d{1,10})) +src=/;

/** Null: no line of a TCP or UDP connection. */
export function parseConnection(line: string): TrackedConnection | null {
  const [whole, tcp, tcpExpiresIn, state, udpExpiresIn] = LINE.exec(line) ?? [];
  if (whole === undefined) return null;
  return {
    protocol: tcp === undefined ? "udp" : "tcp",
    state: state ?? null,
    expiresIn: Number(tcpExpiresIn ?? udpExpiresIn),
    assured: line.includes(" [ASSURED] "),
  };
}

/** TCP's states in which nothing more will be sent. */
const OVER: ReadonlySet<string> = new Set(["NONE", "TIME_WAIT", "CLOSE"]);
/** UDP that is silent for so long, in s, has ended: nothing else tells. A call sends each 20 ms, a VPN's keepalive is no traffic. */
const UDP_SILENCE = 10;

/**
 * Whether somebody would miss it. TCP: until both ends have closed it, half open or silent as it may be, for it cannot go
 * on over another link. UDP: while it exchanges packets, which its rising time to live tells; a DNS answer's leftover is
 * none, and what goes on later does so over another link. Nothing else: a ping's echo is one packet, and what tunnels
 * (ESP, GRE) begins anew by itself.
 */
export function isWorthWaitingFor(connection: TrackedConnection, udpTimeout: number): boolean {
  const { protocol, state, expiresIn, assured } = connection;
  if (protocol === "tcp") return state !== null && !OVER.has(state);
  return assured && udpTimeout - expiresIn < UDP_SILENCE;
}
