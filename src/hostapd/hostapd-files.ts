export const GLOBAL_SOCKET = "global";

/** What lies in hostapd's folder (0700), gone with a reboot. */
export interface HostapdFiles {
  readonly folder: string;
  /** Its own control socket. */
  readonly socket: string;
  /** Where each radio has its control socket. */
  readonly radios: string;
  readonly log: string;
  readonly pid: string;
  /** Held by hostapd as long as it lives. */
  readonly lifeline: string;
  /** How the interfaces were before hostapd got them. */
  readonly interfaces: string;
  /** A radio's configuration; holds the passphrase. */
  config(interfaceName: string): string;
}

export function hostapdFiles(folder = "/run/wanherd/hostapd"): HostapdFiles {
  return {
    folder,
    socket: `${folder}/${GLOBAL_SOCKET}`,
    radios: `${folder}/radios`,
    log: `${folder}/log`,
    pid: `${folder}/pid`,
    lifeline: `${folder}/lifeline`,
    interfaces: `${folder}/interfaces.json`,
    config: (interfaceName) => `${folder}/${interfaceName}.conf`,
  };
}
