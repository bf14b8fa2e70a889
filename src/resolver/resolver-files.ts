import { strayProcess } from "../process/end-stray.ts";

export interface ResolverFiles {
  readonly config: string;
  readonly servers: string;
  readonly pid: string;
}

/** The files of our dnsmasq in `folder`, by default where all that is gone with a reboot is. */
export function resolverFiles(folder = "/run/wanherd"): ResolverFiles {
  return { config: `${folder}/dnsmasq.conf`, servers: `${folder}/name-servers`, pid: `${folder}/dnsmasq.pid` };
}

/** The argument that our dnsmasq is known by among others. */
export function configArgument({ config }: ResolverFiles): string {
  return `--conf-file=${config}`;
}

/** The dnsmasq that runs with these files, of this agent or an earlier one. */
export function ownDnsmasq(files: ResolverFiles): Promise<number | null> {
  return strayProcess(files.pid, configArgument(files));
}
