import {
  CLIENT,
  CLIENT_ADDRESS,
  CONCENTRATOR,
  CONCENTRATOR_ADDRESS,
  CONCENTRATOR_ROUTER,
  carrierNames,
  HTTP_PORT,
  INTERNET,
  LAN_ADDRESS,
  LAN_BRIDGE,
  SERVER_ADDRESS,
  SERVER_ADDRESS6,
} from "./addresses.ts";
import { ipBatch, run } from "./run.ts";

/** Makes the internet's namespace and its record of which connection came by which carrier. Once per guest. */
export async function createInternet(): Promise<void> {
  await run("ip", ["netns", "add", INTERNET]);
  await ipBatch(
    ["link set lo up", `addr add ${SERVER_ADDRESS}/32 dev lo`, `addr add ${SERVER_ADDRESS6} dev lo`],
    INTERNET,
  );
  await run("ip", ["netns", "exec", INTERNET, "nft", "-f", "-"], WATCH);
}

/** One element per connection and interface that its packets came in by: two elements are a connection that strayed. */
const WATCH = `table inet watch {
  set paths { type ipv4_addr . inet_service . ifname; flags dynamic; size 65535; }
  chain arrivals {
    type filter hook input priority 0;
    tcp dport ${HTTP_PORT} update @paths { ip saddr . tcp sport . iifname }
  }
}
`;

/**
 * The two ends of a carrier's line to the internet. They know each other without ARP: a black hole would swallow that as
 * well, and the carrier then answer "host unreachable", which is no silence.
 */
const CARRIER_MAC = "02:00:00:00:00:01";
const INTERNET_MAC = "02:00:00:00:00:02";

/** Makes namespaces, lines to the internet and return routes of these carriers, which must be new. */
export async function createCarriers(ids: readonly number[]): Promise<void> {
  const carriers = ids.map((id) => ({ id, ...carrierNames(id) }));
  await ipBatch(
    carriers.flatMap(({ namespace, uplink, downlink }) => [
      `netns add ${namespace}`,
      `link add ${uplink} address ${CARRIER_MAC} netns ${namespace} type veth peer name ${downlink} address ${INTERNET_MAC} netns ${INTERNET}`,
    ]),
  );
  const onInternet = carriers.flatMap(({ id, downlink, down6, up6, network6 }) => [
    `addr add 10.65.${id}.2/30 dev ${downlink}`,
    `link set ${downlink} up`,
    `neigh replace 10.65.${id}.1 lladdr ${CARRIER_MAC} dev ${downlink} nud permanent`,
    `route add 10.64.${id}.0/24 via 10.65.${id}.1`,
    `addr add ${down6}/64 dev ${downlink} nodad`,
    `neigh replace ${up6} lladdr ${CARRIER_MAC} dev ${downlink} nud permanent`,
    `route add ${network6} via ${up6}`,
  ]);
  await Promise.all([ipBatch(onInternet, INTERNET), ...carriers.map(({ id }) => configureCarrier(id))]);
}

async function configureCarrier(id: number): Promise<void> {
  const { namespace, uplink, up6, down6 } = carrierNames(id);
  await ipBatch(
    [
      "link set lo up",
      `addr add 10.65.${id}.1/30 dev ${uplink}`,
      `link set ${uplink} up`,
      `neigh replace 10.65.${id}.2 lladdr ${INTERNET_MAC} dev ${uplink} nud permanent`,
      `route add default via 10.65.${id}.2`,
      `addr add ${up6}/64 dev ${uplink} nodad`,
      `neigh replace ${down6} lladdr ${INTERNET_MAC} dev ${uplink} nud permanent`,
      `route add ::/0 via ${down6}`,
    ],
    namespace,
  );
  const forwarding = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
  await run("ip", ["netns", "exec", namespace, "sysctl", "-qw", ...forwarding]);
}

/**
 * Makes a server's namespace beyond the internet, for a concentrator, which these carriers reach. What TCP sends is cut into packets by
 * its sender then, here and at the internet's server: netem counts and delays packets of 64 kB as one.
 */
export async function createConcentrator(carriers: readonly number[]): Promise<void> {
  await ipBatch([
    `netns add ${CONCENTRATOR}`,
    `link add wan netns ${CONCENTRATOR} type veth peer name ${CONCENTRATOR} netns ${INTERNET}`,
  ]);
  await ipBatch(
    [
      `addr add ${CONCENTRATOR_ROUTER}/32 dev ${CONCENTRATOR}`,
      `link set ${CONCENTRATOR} up`,
      `route add ${CONCENTRATOR_ADDRESS}/32 dev ${CONCENTRATOR}`,
      ...carriers.map((id) => `link set ${carrierNames(id).downlink} gso_max_segs 1`),
    ],
    INTERNET,
  );
  await ipBatch(
    [
      "link set lo up",
      `addr add ${CONCENTRATOR_ADDRESS}/32 dev wan`,
      "link set wan up gso_max_segs 1",
      `route add ${CONCENTRATOR_ROUTER}/32 dev wan`,
      `route add default via ${CONCENTRATOR_ROUTER}`,
    ],
    CONCENTRATOR,
  );
  await run("ip", ["netns", "exec", INTERNET, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
}

/** Makes the LAN: a bridge here, and a client in a namespace of its own behind it. */
export async function createLan(): Promise<void> {
  await ipBatch([
    `netns add ${CLIENT}`,
    `link add ${LAN_BRIDGE} type bridge`,
    `addr add ${LAN_ADDRESS}/24 dev ${LAN_BRIDGE}`,
    `link add lan-client type veth peer name eth0 netns ${CLIENT}`,
    `link set lan-client master ${LAN_BRIDGE} up`,
    `link set ${LAN_BRIDGE} up`,
  ]);
  await ipBatch(
    [
      "link set lo up",
      `addr add ${CLIENT_ADDRESS}/24 dev eth0`,
      "link set eth0 up",
      `route add default via ${LAN_ADDRESS}`,
    ],
    CLIENT,
  );
}
