import { readFile } from "node:fs/promises";
import { keepMonitor, type MonitorOptions } from "../process/kept-monitor.ts";
import type { Ipv6Addresses } from "./types.ts";

export interface Ipv6WatchOptions {
  readonly notice: (text: string) => void;
  /** For tests. */
  readonly file?: string;
  readonly monitor?: MonitorOptions;
}

/** The kernel's list of IPv6 addresses (net/ipv6/addrconf.c, if6_seq_show). */
const FILE = "/proc/net/if_inet6";
/** Address, interface index, prefix length, scope, flags, name; all but the last in hexadecimal. Scope 0: the whole world. */
const LINE = /^([0-9a-f]{32}) [0-9a-f]{2,8} [0-9a-f]{2} 00 ([0-9a-f]{2}) +(\S{1,15})$/gm;
/** IFA_F_TENTATIVE, IFA_F_DEPRECATED, IFA_F_DADFAILED, and IFA_F_TEMPORARY, of an address that is soon another one (if_addr.h). */
const UNFIT = 0x40 | 0x20 | 0x08 | 0x01;
/** Global unicast, 2000::/3 (RFC 4291, 2.4): not a network's own, which leads nowhere else. */
const GLOBAL = /^[23]/;

/** The first address of each interface by which the internet can answer it, out of the kernel's list. */
export function parseIpv6Addresses(text: string): Ipv6Addresses {
  const found: Record<string, string> = {};
  for (const [, hex = "", flags = "", name = ""] of text.matchAll(LINE)) {
    if (GLOBAL.test(hex) && (Number.parseInt(flags, 16) & UNFIT) === 0) found[name] ??= ipv6Text(hex);
  }
  return found;
}

/** As the kernel's tools write it (RFC 5952), from 32 hexadecimal digits. */
export function ipv6Text(hex: string): string {
  return new URL(`http://[${hex.match(/.{4}/g)?.join(":")}]`).hostname.slice(1, -1);
}

/** Whether the kernel has this address on this interface. */
export async function hasIpv6Address(name: string, address: string, file = FILE): Promise<boolean> {
  const text = await readFile(file, "latin1").catch(() => "");
  return Array.from(text.matchAll(LINE)).some(([, hex = "", , owner]) => owner === name && ipv6Text(hex) === address);
}

/** What is there now; nothing on a computer without IPv6. */
export async function readIpv6Addresses(file = FILE): Promise<Ipv6Addresses> {
  return parseIpv6Addresses(await readFile(file, "latin1").catch(() => ""));
}

/**
 * Tells the addresses whenever they have changed, until the returned function is called: `ip monitor` says that an address
 * came or went, and the kernel's list is read then. At first, and after each start of the monitor, it is read anyway.
 */
export function watchIpv6Addresses(options: Ipv6WatchOptions, emit: (addresses: Ipv6Addresses) => void): () => void {
  let told = "{}";
  let isOver = false;
  let reading: Promise<void> = Promise.resolve();
  const look = (): void => {
    reading = reading.then(async () => {
      const addresses = await readIpv6Addresses(options.file);
      const text = JSON.stringify(addresses);
      if (isOver || text === told) return;
      told = text;
      emit(addresses);
    });
  };
  const end = keepMonitor(
    {
      name: "ip -6 monitor",
      command: ["ip", "-6", "-o", "monitor", "address"],
      ifMissing: "ip is not installed: IPv6 addresses are not noticed",
      started: () => {
        look();
        return { stdout: look, stderr: look };
      },
      notice: options.notice,
    },
    options.monitor,
  );
  return () => {
    isOver = true;
    void end();
  };
}
