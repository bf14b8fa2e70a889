import { commonConfig, ECHO } from "../../bundle/mptcp/proxy.ts";

/** The user that ss-server becomes: `wanherd concentrator setup` makes it. */
export const TUNNEL_USER = "wanherd-tunnel";
/** Our nftables table there. */
export const TABLE = "inet wanherd_concentrator";

/** What no gateway's client has business with: this computer, its neighbours, and what leads nowhere (RFC 6890). */
export const PRIVATE_NETS = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"],
] as const;

/** ss-server's whole configuration. Secret. */
export function renderServerConfig(port: number, password: string): string {
  return `${JSON.stringify({ server: "0.0.0.0", server_port: port, ...commonConfig(password) }, null, 1)}\n`;
}

/** ss-server's own list of where it connects to: all but these. The table below says the same once more, and more exactly. */
export function renderAcl(): string {
  const nets = PRIVATE_NETS.filter((net) => net !== "127.0.0.0/8");
  return `[outbound_block_list]\n${nets.join("\n")}\n::1\nfc00::/7\nfe80::/10\n`;
}

/**
 * What ss-server may reach, by the user that it is: the internet, and the echo on this computer. So a gateway, or who has stolen its
 * key, is no closer to this computer's own services and its networks than anybody else.
 */
export function renderFirewall(uid: number): string {
  return `add table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
	chain output {
		type filter hook output priority filter; policy accept;
		meta skuid != ${uid} return
		ct state established,related return
		ip daddr ${ECHO.address} tcp dport ${ECHO.port} return
		ip daddr { ${PRIVATE_NETS.join(", ")} } goto refuse
		ip6 daddr { ::1, fc00::/7, fe80::/10, ff00::/8 } goto refuse
		fib daddr type local goto refuse
		fib daddr type { broadcast, multicast, anycast } goto refuse
	}
	chain refuse {
		meta l4proto tcp reject with tcp reset
		reject with icmpx admin-prohibited
	}
}
`;
}

export const REMOVE_FIREWALL = `add table ${TABLE}\ndelete table ${TABLE}\n`;
