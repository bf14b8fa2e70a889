import type { Box } from "../../bus/box.ts";
import { HTTP_PORT, SERVER_ADDRESS } from "../../bus/carriers/addresses.ts";
import { type Contestant, ControlGroup } from "./contestant.ts";

const CONNECTIONS = "/etc/NetworkManager/system-connections";
const CONFIG = "/etc/NetworkManager/conf.d/comparison.conf";
/** How often NetworkManager looks whether a connection reaches the internet; its own default is 300 s. */
export const CHECK_SECONDS = 60;

/**
 * Only modems are NetworkManager's here. It looks whether each connection reaches the internet, so that it can prefer one that does: the
 * server's empty answer is the one that `response=` asks for (NetworkManager.conf(5)).
 */
const NETWORK_MANAGER = `[main]
plugins=keyfile
dns=none
no-auto-default=*

[keyfile]
unmanaged-devices=*,except:type:gsm

[connectivity]
enabled=true
uri=http://${SERVER_ADDRESS}:${HTTP_PORT}/bytes/0
response=
interval=${CHECK_SECONDS}
`;

/** NetworkManager's own "shared" mode masquerades as well; here the LAN is the box's. */
const MASQUERADE = `table ip comparison {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "ppp*" masquerade; }
}
`;

const SERVICES: readonly (readonly [name: string, ...argv: string[]])[] = [
  ["polkit", "/usr/lib/polkit-1/polkitd", "--no-debug"],
  ["ModemManager", "ModemManager"],
  ["NetworkManager", "NetworkManager", "--no-daemon"],
];

/**
 * ModemManager, which makes modems ready, and NetworkManager, which dials them and sets routes, with the bus that they talk over. One
 * connection for each modem that comes up by itself; the one with the lowest metric carries.
 */
export class ModemManagers implements Contestant {
  readonly key = "managers";
  readonly #box: Box;
  readonly group: ControlGroup;

  constructor(box: Box) {
    this.#box = box;
    this.group = new ControlGroup(box.guest, this.key);
  }

  async prepare(modems: number): Promise<void> {
    const { guest } = this.#box;
    await this.group.create();
    await guest.writeFile(CONFIG, NETWORK_MANAGER);
    for (let modem = 1; modem <= modems; modem++) {
      await guest.writeFile(`${CONNECTIONS}/modem${modem}.nmconnection`, connectionProfile(modem), 0o600);
    }
    await guest.exec(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    await guest.exec(["nft", "-f", "-"], { stdin: MASQUERADE });
    await guest.exec(["sh", "-c", "mkdir -p /run/dbus && rm -f /run/dbus/pid && dbus-uuidgen --ensure"]);
  }

  async start(): Promise<void> {
    const bus = await this.group.start(
      ["dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address=1"],
      "dbus",
    );
    await bus.waitFor(/unix:/, 30_000);
    for (const [name, ...argv] of SERVICES) await this.group.start(argv, name);
  }

  async untilReady(): Promise<void> {
    const script = "until nmcli --terse general status && mmcli --list-modems; do sleep 0.5; done";
    await this.#box.guest.exec(["sh", "-c", script], { timeoutMs: 90_000 });
  }

  async stop(): Promise<void> {
    const { guest } = this.#box;
    await this.group.end();
    const script = `rm -rf ${CONFIG} ${CONNECTIONS}/modem*.nmconnection /run/NetworkManager /var/lib/NetworkManager/* /run/dbus/system_bus_socket
nft delete table ip comparison; sysctl -qw net.ipv4.ip_forward=0`;
    await guest.exec(["sh", "-c", script]);
  }
}

/** As nmcli would write it (nm-settings-keyfile(5)); any modem may take it, and only one at a time does. */
export function connectionProfile(modem: number): string {
  return `[connection]
id=modem${modem}
uuid=00000000-0000-4000-8000-00000000000${modem}
type=gsm
autoconnect=true
autoconnect-retries=0

[gsm]
apn=data.comviq.se

[ipv4]
method=auto

[ipv6]
method=ignore
`;
}
