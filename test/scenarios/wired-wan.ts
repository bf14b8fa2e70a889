import { type CLIENT, INTERNET } from "../bus/carriers/addresses.ts";
import type { Guest } from "../bus/guest/guest.ts";

export const WIRED = "eth5";
export const WIRED_ADDRESS = "192.0.2.2";
const ROUTER = "192.0.2.1";
const NAMESPACE = "wired-router";

/**
 * A wired WAN: an Ethernet interface of the gateway that an administrator has set up, a router at the other end of the cable,
 * and the internet behind it.
 */
export class WiredWan {
  readonly #guest: Guest;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  async build(): Promise<void> {
    await this.#run(
      `ip netns add ${NAMESPACE}`,
      `ip link add ${WIRED} type veth peer name lan netns ${NAMESPACE}`,
      `ip link add wan netns ${NAMESPACE} type veth peer name wired netns ${INTERNET}`,
      `ip -n ${NAMESPACE} addr add ${ROUTER}/24 dev lan`,
      `ip -n ${NAMESPACE} link set lan up`,
      `ip -n ${NAMESPACE} addr add 10.66.0.1/30 dev wan`,
      `ip -n ${NAMESPACE} link set wan up`,
      `ip -n ${NAMESPACE} route add default via 10.66.0.2`,
      `ip netns exec ${NAMESPACE} sysctl -qw net.ipv4.ip_forward=1`,
      `ip -n ${INTERNET} addr add 10.66.0.2/30 dev wired`,
      `ip -n ${INTERNET} link set wired up`,
      `ip -n ${INTERNET} route add 192.0.2.0/24 via 10.66.0.1`,
    );
    await this.connect();
  }

  /** Interface up, address, default route: as a DHCP client leaves it. */
  async connect(): Promise<void> {
    await this.#run(`ip link set ${WIRED} up`, `ip addr replace ${WIRED_ADDRESS}/24 dev ${WIRED}`);
    await this.route("replace");
  }

  async address(verb: "replace" | "del"): Promise<void> {
    await this.#run(`ip addr ${verb} ${WIRED_ADDRESS}/24 dev ${WIRED}`);
  }

  async route(verb: "replace" | "del"): Promise<void> {
    await this.#run(`ip route ${verb} default via ${ROUTER} dev ${WIRED} metric 100`);
  }

  /** The cable, at the router's end. */
  async carrier(state: "up" | "down"): Promise<void> {
    await this.#run(`ip -n ${NAMESPACE} link set lan ${state}`);
  }

  /** What comes from the router comes at 250 kB/s, or as fast as it can. */
  async slow(isOn: boolean): Promise<void> {
    const [verb, words] = isOn ? ["replace", "tbf rate 2mbit burst 20kb latency 400ms"] : ["del", ""];
    await this.#run(`ip netns exec ${NAMESPACE} tc qdisc ${verb} dev lan root ${words}`);
  }

  /** The router's own way to the internet swallows everything, while the router itself answers. */
  async blackhole(isOn: boolean): Promise<void> {
    const [verb, words] = isOn ? ["replace", "netem loss 100%"] : ["del", ""];
    await this.#run(
      `tc -n ${NAMESPACE} qdisc ${verb} dev wan root ${words}`,
      `tc -n ${INTERNET} qdisc ${verb} dev wired root ${words}`,
    );
  }

  async destroy(): Promise<void> {
    await this.#run(`ip netns del ${NAMESPACE}`, `ip link del ${WIRED} 2>/dev/null || true`);
  }

  async #run(...lines: readonly string[]): Promise<void> {
    await this.#guest.exec(["sh", "-ec", lines.join("\n")]);
  }
}

/** Who the internet sees when the gateway itself, or the LAN's client, connects: an address. */
export async function seenAs(guest: Guest, namespace: "gateway" | typeof CLIENT = "gateway"): Promise<string> {
  const where = namespace === "gateway" ? [] : ["ip", "netns", "exec", namespace];
  const curl = ["curl", "--silent", "--fail", "--max-time", "10", "http://198.51.100.1/ip"];
  return (await guest.exec([...where, ...curl])).stdout;
}
