import type { Guest } from "./guest/guest.ts";
import type { GuestProcess } from "./guest/guest-process.ts";

/** What a station of the hotspot needs to know, and how it secures its association. */
export interface StationOptions {
  readonly ssid: string;
  readonly passphrase: string;
  /** `wpa3`: SAE with protected management frames, nothing else. */
  readonly security: "wpa2" | "wpa3";
  /** Associates with this access point only. */
  readonly bssid?: string;
}

/** What it got by DHCP. */
export interface Lease {
  readonly address: string;
  readonly router: string;
  readonly nameServers: readonly string[];
}

/** What a row of pings came to. */
export interface PingResult {
  readonly sent: number;
  readonly received: number;
}

const PINGS_PER_SECOND = 10;
/** busybox's DHCP client leaves all that a lease means to a script of ours (udhcpc --help: -s). */
const LEASE_SCRIPT = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
: >/etc/resolv.conf
for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
echo "lease $ip $router $dns"
`;

/** A WiFi client: a radio in a network namespace of its own, a real wpa_supplicant, an address by DHCP. */
export class Station {
  readonly namespace: string;
  readonly interface: string;
  readonly #guest: Guest;
  readonly #supplicant: GuestProcess;

  private constructor(guest: Guest, namespace: string, name: string, supplicant: GuestProcess) {
    this.#guest = guest;
    this.namespace = namespace;
    this.interface = name;
    this.#supplicant = supplicant;
  }

  /**
   * Moves the radio of this interface into a namespace and has it look for the hotspot.
   * @param name of the station: of a namespace that is there already, or is made.
   */
  static async create(guest: Guest, name: string, radio: string, options: StationOptions): Promise<Station> {
    const namespace = await claimRadio(guest, name, radio);
    const folder = `/run/${namespace}`;
    await guest.writeFile(`${folder}/wpa.conf`, supplicantConfig(options), 0o600);
    await guest.writeFile(`${folder}/lease.sh`, LEASE_SCRIPT, 0o755);
    const words = ["wpa_supplicant", "-D", "nl80211", "-i", radio, "-c", `${folder}/wpa.conf`];
    const supplicant = await guest.start(["ip", "netns", "exec", namespace, ...words], { name: `station ${name}` });
    return new Station(guest, namespace, radio, supplicant);
  }

  /** Waits for the association and asks for an address. @throws when either takes longer. */
  async connect(timeoutMs = 60_000): Promise<Lease> {
    await this.associated(1, timeoutMs);
    const words = [
      "busybox",
      "udhcpc",
      "-i",
      this.interface,
      "-s",
      `/run/${this.namespace}/lease.sh`,
      "-n",
      "-q",
      "-f",
    ];
    const stdout = await this.run([...words, "-t", "10", "-T", "1"]);
    const [, address, router, servers] = /^lease (\S+) (\S+) (.*)$/m.exec(stdout) ?? [];
    if (address === undefined || router === undefined) throw new Error(`no lease: ${stdout}`);
    return { address, router, nameServers: servers?.split(" ").filter(Boolean) ?? [] };
  }

  /** Waits until it has associated for the `count`th time. */
  async associated(count: number, timeoutMs = 60_000): Promise<void> {
    await this.#supplicant.waitFor(new RegExp(`(?:CTRL-EVENT-CONNECTED[^]*){${count}}`), timeoutMs);
  }

  /** How often it has associated, and how often it has lost that. */
  async associations(): Promise<{ won: number; lost: number }> {
    const output = await this.#supplicant.output();
    const count = (event: string): number => output.split(`CTRL-EVENT-${event}`).length - 1;
    return { won: count("CONNECTED"), lost: count("DISCONNECTED") };
  }

  /** The access point that it is associated with; empty: none. */
  async bssid(): Promise<string> {
    return /^Connected to (\S+)/m.exec(await this.run(["iw", "dev", this.interface, "link"]))?.[1] ?? "";
  }

  /** Ten pings a second until the returned function is called. */
  async startPings(address: string): Promise<() => Promise<PingResult>> {
    const words = ["ping", "-n", "-i", `${1 / PINGS_PER_SECOND}`, address];
    const ping = await this.#guest.start(["ip", "netns", "exec", this.namespace, ...words]);
    return async () => {
      await ping.stop("SIGINT");
      const [, sent, received] = await ping.waitFor(/(\d+) packets transmitted, (\d+) received/);
      return { sent: Number(sent), received: Number(received) };
    };
  }

  /** What a program says in its namespace, whatever it ends with. */
  async run(argv: readonly string[]): Promise<string> {
    const words = ["ip", "netns", "exec", this.namespace, ...argv];
    const { stdout, stderr } = await this.#guest.exec(words, { mayFail: true });
    return stdout + stderr;
  }

  /** What wpa_supplicant has said. */
  log(): Promise<string> {
    return this.#supplicant.output();
  }

  /** Leaves the hotspot and gives the radio back to the guest's own namespace. */
  async leave(): Promise<void> {
    await this.#supplicant.stop();
    await this.#guest.exec(["ip", "netns", "delete", this.namespace]);
    await this.#guest.exec(["rm", "-rf", `/etc/netns/${this.namespace}`, `/run/${this.namespace}`]);
  }
}

/** The interface that the dongle in this port has become, by the name that udev gives it. @throws when there is none after 20 s. */
export async function radioOf(guest: Guest, port: string): Promise<string> {
  const net = `/sys/bus/usb/devices/${port}:1.0/net`;
  const look = `for i in $(seq 200); do [ -d ${net} ] && udevadm settle && ls ${net} && exit; sleep 0.1; done; exit 1`;
  const { stdout } = await guest.exec(["sh", "-c", look]);
  return stdout.trim();
}

/** Moves a radio into the namespace of the station of this name, where an agent does not see it. Done already: nothing. */
export async function claimRadio(guest: Guest, name: string, radio: string): Promise<string> {
  const namespace = `station-${name}`;
  const script = [
    "set -e",
    `ip netns add ${namespace} 2>/dev/null || true`,
    `mkdir -p /etc/netns/${namespace}`,
    `touch /etc/netns/${namespace}/resolv.conf`,
    `ip link show ${radio} >/dev/null 2>&1 && iw phy $(cat /sys/class/net/${radio}/phy80211/name) set netns name ${namespace}`,
    `ip -n ${namespace} link set lo up`,
  ];
  await guest.exec(["sh", "-c", script.join("\n")]);
  return namespace;
}

/**
 * Radios of the kernel's own simulation, which hear each other and no dongle, by their interfaces. Unlike the emulated chips
 * they know protected management frames. With 0 they are gone.
 */
export async function simulatedRadios(guest: Guest, count: number): Promise<string[]> {
  const script = [
    "modprobe -r mac80211_hwsim",
    ...(count === 0 ? [] : [`modprobe mac80211_hwsim radios=${count}`, "udevadm settle"]),
    "for net in /sys/class/net/*; do",
    '  case "$(readlink $net/device/driver)" in */mac80211_hwsim) basename $net ;; esac',
    "done",
  ];
  const { stdout } = await guest.exec(["sh", "-c", script.join("\n")]);
  return stdout.trim().split("\n").filter(Boolean);
}

/** The text of wpa_supplicant.conf (wpa_supplicant 2.10, its example of the same name). */
function supplicantConfig({ ssid, passphrase, security, bssid }: StationOptions): string {
  const words = [
    `ssid="${ssid}"`,
    "scan_ssid=1",
    ...(security === "wpa2"
      ? ["key_mgmt=WPA-PSK", `psk="${passphrase}"`]
      : ["key_mgmt=SAE", `sae_password="${passphrase}"`, "ieee80211w=2"]),
    ...(bssid === undefined ? [] : [`bssid=${bssid}`]),
  ];
  return `network={\n${words.map((word) => `  ${word}\n`).join("")}}\n`;
}
