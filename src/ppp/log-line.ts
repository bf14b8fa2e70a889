import { isIPv4 } from "node:net";

/** What a line of pppd's log tells; all else is null. */
export type PppdNews =
  /** The tty is in PPP mode (pppd: auth.c, link_established's `Connect:`). */
  | { readonly type: "connected"; readonly interface: string }
  | { readonly type: "localAddress" | "peerAddress" | "dns"; readonly address: string }
  /** The last line of a complete IPCP report (pppd: ipcp.c, ipcp_up). */
  | { readonly type: "secondDns"; readonly address: string }
  | { readonly type: "authenticationFailed" | "negotiationTimedOut" }
  /** LCP's echo was answered. */
  | { readonly type: "echoAnswered" }
  /** Any other packet, printed because of `debug` (pppd: utils.c, dump_packet): how names were proven, among others. */
  | { readonly type: "packet" };

const ADDRESS_LINES: readonly (readonly [RegExp, "localAddress" | "peerAddress" | "dns" | "secondDns"])[] = [
  [/^local {2}IP address (\S+)$/, "localAddress"],
  [/^remote IP address (\S+)$/, "peerAddress"],
  [/^primary {3}DNS address (\S+)$/, "dns"],
  [/^secondary DNS address (\S+)$/, "secondDns"],
];

/**
 * Reads one line of pppd's log (2.4.9 and 2.5). What the peer puts into a line stays within it, as pppd escapes control
 * characters, and only whole lines of a fixed form count.
 */
export function parsePppdLine(line: string): PppdNews | null {
  const text = line.trimEnd();
  if (text.startsWith("rcvd [LCP EchoRep ")) return { type: "echoAnswered" };
  if (/^(?:sent|rcvd) \[/.test(text)) return { type: "packet" };
  const connect = /^Connect: ([\w.-]{1,15}) <--> /.exec(text);
  if (connect?.[1] !== undefined) return { type: "connected", interface: connect[1] };
  for (const [pattern, type] of ADDRESS_LINES) {
    const address = pattern.exec(text)?.[1];
    if (address !== undefined) return isIPv4(address) ? { type, address } : null;
  }
  if (/^(?:PAP|CHAP) authentication failed/.test(text)) return { type: "authenticationFailed" };
  if (/^(?:LCP|IPCP): timeout sending Config-Requests$/.test(text)) return { type: "negotiationTimedOut" };
  return null;
}
