import type { BundleRoute, BundleStart } from "../types.ts";

/** Where ss-redir listens, at the gateway's own address in the LAN. */
export const PROXY_PORT = 7118;
/**
 * Where the concentrator answers through the tunnel: of its own loopback network, so that nothing but the tunnel leads there. The
 * gateway asks the same address of its own, which our table hands to the proxy.
 */
export const ECHO = { address: "127.119.0.1", port: 7118 } as const;

/** An AEAD cipher that needs no special instructions of the processor, as small ones have none for AES. */
const METHOD = "chacha20-ietf-poly1305";
/** A connection that is idle for longer is ended: as long as a NAT must keep it (RFC 5382, REQ-5), in s. */
const IDLE_SECONDS = 7_440;
const OPEN_FILES = 16_384;

/** What both ends say alike, in shadowsocks-libev's own configuration (ss-redir(1), ss-server(1)). */
export function commonConfig(password: string): Record<string, unknown> {
  return { password, method: METHOD, mode: "tcp_only", timeout: IDLE_SECONDS, nofile: OPEN_FILES, no_delay: true };
}

/** ss-redir's whole configuration. Secret. */
export function renderProxyConfig({ settings, concentrator }: BundleStart, password: string): string {
  const there = { server: concentrator.address, server_port: concentrator.port };
  const here = { local_address: settings.lanAddress, local_port: PROXY_PORT };
  return `${JSON.stringify({ ...there, ...here, ...commonConfig(password) }, null, 1)}\n`;
}

export function probeOf({ settings }: BundleStart): NonNullable<BundleRoute["probe"]> {
  return { ...ECHO, via: { address: settings.lanAddress, port: PROXY_PORT } };
}
