import { gatewayAddressOf, MAX_MEMBERS } from "./addresses.ts";
import { concentratorKeys, memberKeys } from "./keys.ts";

/** NAT on mobile networks forgets a mapping after half a minute at the earliest: only a member that says nothing has to keep it. */
const KEEPALIVE_SECONDS = 25;

/** What `wg setconf` gets for a member at the gateway. Secret. The mark sends what WireGuard itself sends out by this link. */
export function memberConfig(options: {
  readonly key: string;
  readonly member: number;
  readonly mark: number;
  /** IPv4. */
  readonly concentrator: string;
  readonly port: number;
  /** The concentrator's address on this member. */
  readonly there: string;
}): string {
  const { key, member, mark, concentrator, port, there } = options;
  return lines(
    "[Interface]",
    `PrivateKey = ${memberKeys(key, member).privateKey}`,
    `FwMark = 0x${mark.toString(16)}`,
    "[Peer]",
    `PublicKey = ${concentratorKeys(key).publicKey}`,
    `AllowedIPs = ${there}/32`,
    `Endpoint = ${concentrator}:${port}`,
    `PersistentKeepalive = ${KEEPALIVE_SECONDS}`,
  );
}

/** The same at the concentrator: one peer for each member that there may be. Secret. */
export function concentratorConfig(key: string, port: number): string {
  const peers = Array.from({ length: MAX_MEMBERS }, (_, index) => [
    "[Peer]",
    `PublicKey = ${memberKeys(key, index + 1).publicKey}`,
    `AllowedIPs = ${gatewayAddressOf(index + 1)}/32`,
  ]);
  return lines(
    "[Interface]",
    `PrivateKey = ${concentratorKeys(key).privateKey}`,
    `ListenPort = ${port}`,
    ...peers.flat(),
  );
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
