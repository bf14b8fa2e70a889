import { INTERNET } from "./addresses.ts";
import { run } from "./run.ts";

/** One connection to the internet's server, and the interfaces that its packets came in by: more than one is a stray. */
export interface ConnectionPath {
  readonly address: string;
  readonly port: number;
  readonly interfaces: readonly string[];
}

/** What the internet has recorded about each connection since the last reset. */
export async function readPaths(): Promise<ConnectionPath[]> {
  return parsePaths(await run("ip", ["netns", "exec", INTERNET, "nft", "-j", "list", "set", "inet", "watch", "paths"]));
}

export async function resetPaths(): Promise<void> {
  await run("ip", ["netns", "exec", INTERNET, "nft", "flush", "set", "inet", "watch", "paths"]);
}

interface SetListing {
  readonly nftables: readonly {
    readonly set?: { readonly elem?: readonly { readonly concat: [string, number, string] }[] };
  }[];
}

/** nft's JSON listing of the set, gathered by connection. */
export function parsePaths(json: string): ConnectionPath[] {
  const { nftables } = JSON.parse(json) as SetListing;
  const paths = new Map<string, { address: string; port: number; interfaces: string[] }>();
  for (const { set } of nftables) {
    for (const { concat } of set?.elem ?? []) {
      const [address, port, name] = concat;
      const path = paths.get(`${address}:${port}`) ?? { address, port, interfaces: [] };
      path.interfaces.push(name);
      paths.set(`${address}:${port}`, path);
    }
  }
  return [...paths.values()];
}
