import {
  BUNDLE_INTERFACE,
  CONCENTRATOR_ADDRESS,
  CONTROL_PORT,
  DATA_PORT,
  ECHO_PORT,
  GATEWAY_ADDRESS,
  INNER_NETWORKS,
  TUNNEL_INTERFACE,
} from "../../bundle/mlppp/addresses.ts";

/** The engine's nftables table at the concentrator. */
export const TABLE = "inet wanherd_mlppp";
export const REMOVE_FIREWALL = `add table ${TABLE}\ndelete table ${TABLE}\n`;

/** Networks behind the concentrator that a bundle does not lead to (RFC 6890): it leads to the internet. */
const PRIVATE = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
] as const;

/**
 * What may come from where. Nobody but a holder of the keys reaches our inner addresses, and a gateway reaches on the concentrator
 * what the bundle needs and nothing more. Its streams, in which WireGuard lets nothing in twice, and the LAN's connections in them go without
 * timestamps (RFC 7323), 12 bytes of each packet: what a bundle carries is too slow for a connection's numbers to come round while an old packet lives.
 * What comes out of the bundle is masqueraded; TCP's segments are cut to fit into it.
 */
export function renderFirewall(): string {
  return `${REMOVE_FIREWALL}table ${TABLE} {
	chain input {
		type filter hook input priority filter; policy accept;
		iifname "${TUNNEL_INTERFACE}" tcp flags syn reset tcp option timestamp
		iifname "${TUNNEL_INTERFACE}" tcp dport { ${CONTROL_PORT}, ${DATA_PORT} } accept
		iifname "${TUNNEL_INTERFACE}" udp dport ${ECHO_PORT} accept
		iifname "${BUNDLE_INTERFACE}" ip saddr ${GATEWAY_ADDRESS} ip daddr ${CONCENTRATOR_ADDRESS} tcp dport ${ECHO_PORT} accept
		iifname "${BUNDLE_INTERFACE}" ip saddr ${GATEWAY_ADDRESS} icmp type echo-request accept
		iifname { "${TUNNEL_INTERFACE}", "${BUNDLE_INTERFACE}" } ct state established,related accept
		iifname { "${TUNNEL_INTERFACE}", "${BUNDLE_INTERFACE}" } drop
		iifname != "lo" ip daddr { ${INNER_NETWORKS.join(", ")} } drop
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "${TUNNEL_INTERFACE}" drop
		oifname "${TUNNEL_INTERFACE}" drop
		iifname "${BUNDLE_INTERFACE}" tcp flags syn reset tcp option timestamp
		oifname "${BUNDLE_INTERFACE}" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
		iifname "${BUNDLE_INTERFACE}" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
		oifname "${BUNDLE_INTERFACE}" ct state established,related accept
		oifname "${BUNDLE_INTERFACE}" drop
		iifname "${BUNDLE_INTERFACE}" ip saddr != ${GATEWAY_ADDRESS} drop
		iifname "${BUNDLE_INTERFACE}" ip daddr { ${PRIVATE.join(", ")} } reject with icmpx admin-prohibited
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr ${GATEWAY_ADDRESS} oifname != "${BUNDLE_INTERFACE}" masquerade
	}
}
`;
}

/** As /etc/ppp/chap-secrets (pppd(8), AUTHENTICATION). Secret. */
export function renderSecrets(secret: string): string {
  return `gateway concentrator "${secret}" ${GATEWAY_ADDRESS}\n`;
}
