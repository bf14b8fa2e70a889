/** The files of our dnsmasq in `folder`, by default where all that is gone with a reboot is. */
export function resolverFiles(folder = "/run/wanherd"): { config: string; servers: string; pid: string } {
  return { config: `${folder}/dnsmasq.conf`, servers: `${folder}/name-servers`, pid: `${folder}/dnsmasq.pid` };
}
