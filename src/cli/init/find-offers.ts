import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { Offers } from "./answers.ts";

/** Private networks (RFC 1918) for the LAN, in the order in which they are tried; the first is the config's default. */
const LANS = ["172.17.2.1/24", "172.27.2.1/24", "192.168.217.1/24", "10.117.2.1/24"];
/** RTF_UP and RTF_GATEWAY need not be looked at: destination and mask of a default route are 0 (proc(5), net/route). */
const DEFAULT_ROUTE = /^(\S{1,15})\t00000000\t\S+\t\S+\t\S+\t\S+\t(\d+)\t00000000\t/gm;

/** Addresses in use, as os.networkInterfaces tells them. */
export interface UsedAddress {
  readonly interface: string;
  readonly cidr: string;
}

/** What this machine suggests: the country of its language, interfaces with a default route, a LAN that collides with nothing. */
export async function findOffers(environment: NodeJS.ProcessEnv): Promise<Offers> {
  const routes = await readFile("/proc/net/route", "utf8").catch(() => "");
  const used = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ family, cidr }) =>
      family === "IPv4" && cidr !== null ? [{ interface: name, cidr }] : [],
    ),
  );
  return {
    country: countryOf(environment.LC_ALL || environment.LANG || ""),
    uplinks: defaultInterfaces(routes),
    lanAddress: freeLan(used),
  };
}

/** `sv_SE.UTF-8` → SE. Where people speak so is a guess at where they are, no more. */
export function countryOf(locale: string): string | null {
  return /^[a-z]{2,3}_([A-Z]{2})(?:[.@]|$)/.exec(locale)?.[1] ?? null;
}

/** Interfaces of /proc/net/route with a default route, by metric; not those of our own modems. */
export function defaultInterfaces(routes: string): readonly string[] {
  const found = [...routes.matchAll(DEFAULT_ROUTE)].map(([, name = "", metric]) => ({ name, metric: Number(metric) }));
  const names = found.sort((a, b) => a.metric - b.metric).map(({ name }) => name);
  return [...new Set(names)].filter((name) => !/^(?:wan\d|ppp\d)/.test(name));
}

/** Null: the default LAN will do. The LAN's own bridge, which a running agent made, is no collision. */
export function freeLan(used: readonly UsedAddress[]): string | null {
  const others = used.filter((each) => each.interface !== "lan-br");
  const free = LANS.find((lan) => !others.some(({ cidr }) => overlap(lan, cidr)));
  return free === undefined || free === LANS[0] ? null : free;
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [parsed(one), parsed(other)];
  const size = 2 ** (32 - Math.min(a.prefix, b.prefix));
  return Math.floor(a.address / size) === Math.floor(b.address / size);
}

function parsed(cidr: string): { address: number; prefix: number } {
  const [address = "", prefix = "32"] = cidr.split("/");
  return {
    address: address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0),
    prefix: Number(prefix),
  };
}
