import { BlockList, isIP } from "node:net";

/** Where the page is served: a literal IP address, and a TCP port (0: one that is free). */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

export const DEFAULT_LISTEN: ListenAddress = { address: "127.0.0.1", port: 8687 };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/** `172.17.2.1:8687`, `[::1]:8687`, or a port alone for loopback; null: none of these. */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, digits = ""] = /^(?:(?:\[([0-9a-f:.]+)\]|([0-9.]+)):)?([0-9]{1,5})$/i.exec(text) ?? [];
  const address = bracketed ?? plain ?? DEFAULT_LISTEN.address;
  const port = Number(digits);
  const family = bracketed === undefined ? 4 : 6;
  return digits !== "" && port <= 65_535 && isIP(address) === family ? { address, port } : null;
}

/** Whether only programs of this computer can reach it. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** As the host of a URL, and of a Host header, without port. */
export function urlHost(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
