import type { Box } from "../../bus/box.ts";
import { LAN_ADDRESS, LAN_BRIDGE } from "../../bus/carriers/addresses.ts";
import type { GuestProcess } from "../../bus/guest/guest-process.ts";
import { CHAT } from "../thesis-stack.ts";
import { type Contestant, ControlGroup } from "./contestant.ts";

const LAN = `${LAN_ADDRESS.replace(/\d+$/, "0")}/24`;
const FOLDER = "/run/thesis";
const IP_UP = "/etc/ppp/ip-up.d/thesis";
const UDEV_RULES = "/etc/udev/rules.d/99-thesis.rules";

/** What supervisor keeps running for each modem. wvdial would end at once without its modem, and be started again each second. */
const DIALLER = `until [ -e /dev/thesis-modem$1 ]; do sleep 1; done
exec pppd /dev/thesis-modem$1 460800 modem noauth noipdefault defaultroute nodetach connect 'chat -f ${FOLDER}/chat'
`;

/** The thesis typed these routes in (3.3.1); here pppd does when a link has come up, which is to its favour. */
const ROUTES = `#!/bin/sh
exec ip route replace default dev "$PPP_IFACE" table $((1 + \${PPP_IFACE#ppp}))
`;

/**
 * The thesis's stack: the distribution's usb_modeswitch by udev, supervisor, a dialler and pppd for each modem, and the rules and routes of
 * its balancing (3.3) for as many links.
 */
export class ThesisStack implements Contestant {
  readonly key = "thesis";
  readonly #box: Box;
  readonly group: ControlGroup;
  #supervisor: GuestProcess | null = null;

  constructor(box: Box) {
    this.#box = box;
    this.group = new ControlGroup(box.guest, this.key);
  }

  async prepare(modems: number): Promise<void> {
    const { guest } = this.#box;
    await this.group.create();
    const links = Array.from({ length: modems }, (_, index) => index + 1);
    await guest.writeFile(`${FOLDER}/chat`, CHAT);
    await guest.writeFile(`${FOLDER}/dial`, DIALLER);
    await guest.writeFile(`${FOLDER}/supervisord.conf`, supervisorConfig(links));
    await guest.writeFile(IP_UP, ROUTES, 0o755);
    await guest.exec(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    await guest.exec(["iptables-legacy-restore"], { stdin: balancingRules(modems) });
    await guest.exec(["ip", "-batch", "-"], { stdin: balancingRoutes(links) });
  }

  async start(): Promise<void> {
    this.#supervisor = await this.group.start(
      ["supervisord", "-n", "-c", `${FOLDER}/supervisord.conf`],
      "the thesis's supervisor",
    );
  }

  async untilReady(): Promise<void> {
    await this.#supervisor?.waitFor(/supervisord started/, 90_000);
  }

  async stop(): Promise<void> {
    const { guest } = this.#box;
    await this.group.end();
    this.#supervisor = null;
    await guest.exec(["rm", "-f", IP_UP]);
    await guest.exec(["iptables-legacy-restore"], { stdin: NO_RULES });
    const script = `for table in $(seq 8); do
      ip route flush table $table; while ip rule del fwmark $table table $table; do :; done
    done 2>/dev/null; sysctl -qw net.ipv4.ip_forward=0`;
    await guest.exec(["sh", "-c", script]);
  }
}

/** Takes our udev rules away, under which neither usb_modeswitch nor ModemManager runs, and names data ports as the thesis did; until restoreUdev. */
export async function prepareUdev({ guest, bus }: Box): Promise<void> {
  await guest.exec(["rm", "-f", "/etc/udev/rules.d/40-usb_modeswitch.rules", "/etc/udev/rules.d/60-wanherd.rules"]);
  await guest.writeFile(UDEV_RULES, namingRules(Array.from({ length: 8 }, (_, index) => bus.port(index + 1))));
  // What the dispatcher of usb_modeswitch noted at an earlier run. It has names of its own, gsmmodem1 and so on, for which it makes files: hence ours.
  await guest.exec([
    "sh",
    "-c",
    "rm -f /var/lib/usb_modeswitch/link_list /dev/gsmmodem* /dev/thesis-modem*; udevadm control --reload",
  ]);
}

export async function restoreUdev({ guest }: Box): Promise<void> {
  const script = `rm -f ${UDEV_RULES}; cp /wanherd/udev/*.rules /etc/udev/rules.d/; udevadm control --reload`;
  await guest.exec(["sh", "-c", script]);
}

/** `/dev/thesis-modem1` for the data port of the modem in the first of these USB ports, and so on: interface 3 of both models. */
export function namingRules(ports: readonly string[]): string {
  const rule = (port: string, index: number): string =>
    `SUBSYSTEM=="tty", KERNELS=="${port}", ATTRS{idVendor}=="19d2|2c7c", ENV{ID_USB_INTERFACE_NUM}=="03", SYMLINK+="thesis-modem${index + 1}"`;
  return `${ports.map(rule).join("\n")}\n`;
}

function supervisorConfig(links: readonly number[]): string {
  const program = (link: number): string => `[program:modem${link}]
command=sh ${FOLDER}/dial ${link}
autorestart=true
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`;
  const daemon = `[supervisord]
user=root
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=${FOLDER}/supervisord.pid
`;
  return `${daemon}${links.map(program).join("")}`;
}

const NO_RULES = "*mangle\nCOMMIT\n*nat\nCOMMIT\n";

/**
 * The thesis's rules (3.3.2) word for word but for the probabilities, which give each of `links` links the same share, as was
 * meant; ½ and ½ for three give ¼, ¼ and ½.
 */
export function balancingRules(links: number): string {
  const others = Array.from({ length: links - 1 }, (_, index) => index + 2);
  const share = (link: number): string =>
    `-A PREROUTING -m statistic --mode random --probability ${(1 / link).toFixed(6)} -j MARK --set-mark ${link}`;
  return `*mangle
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -j MARK --set-mark 1
${others.map((link) => `${share(link)}\n`).join("")}-A PREROUTING -j CONNMARK --save-mark
COMMIT
*nat
-A POSTROUTING -o ppp+ -j MASQUERADE
COMMIT
`;
}

function balancingRoutes(links: readonly number[]): string {
  const lines = links.flatMap((table) => [
    `route replace ${LAN} dev ${LAN_BRIDGE} src ${LAN_ADDRESS} table ${table}`,
    `rule add fwmark ${table} table ${table}`,
  ]);
  return `${lines.join("\n")}\n`;
}
