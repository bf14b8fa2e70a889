import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { CLIENT, INTERNET } from "../bus/carriers/addresses.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { seenAs, WIRED_ADDRESS, WiredWan } from "./wired-wan.ts";

const CONTAINER = "container";

/**
 * What others have in the kernel: a firewall with marks of its own, a VPN with a rule by mark and a table, a route to a network
 * behind it. The VPN's way to the internet is the wired WAN, which is nobody's uplink here.
 */
const OTHERS = `
nft -f - <<END
table inet others {
  chain mangle {
    type route hook output priority -160; policy accept;
    ip daddr 198.51.100.1 tcp sport 4000-4999 meta mark set meta mark | 0x10001 ct mark set ct mark | 0x20000
  }
  chain postrouting {
    type nat hook postrouting priority 90; policy accept;
    oifname "eth5" meta mark & 0x1 == 0x1 masquerade
  }
  chain prerouting {
    type filter hook prerouting priority -160; policy accept;
    iifname "lan-br" meta mark set meta mark | 0x10000 ct mark set ct mark | 0x20000
  }
}
END
ip rule add fwmark 0x10001/0x10001 lookup 100 pref 1000
ip rule add from 203.0.113.0/24 lookup 100 pref 5000
ip route add default via 192.0.2.1 dev eth5 table 100
ip route add 203.0.113.0/24 via 192.0.2.1 dev eth5
ip route add 198.51.100.1 via 192.0.2.1 dev eth5 metric 5 table 101
`;
const NO_OTHERS = `
nft delete table inet others
ip rule del pref 1000
ip rule del pref 5000
ip route flush table 100
ip route flush table 101
ip route del 203.0.113.0/24
`;

/** What Docker makes by iptables-nft, its address range as for a network of a user's, and a container. */
const DOCKER = `
nft -f - <<END
table ip filter {
  chain DOCKER-USER { return; }
  chain FORWARD {
    type filter hook forward priority filter; policy drop;
    jump DOCKER-USER
    oifname "docker0" ct state related,established counter accept
    iifname "docker0" oifname != "docker0" counter accept
    iifname "docker0" oifname "docker0" counter accept
  }
}
table ip nat {
  chain POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 172.18.0.0/16 oifname != "docker0" counter masquerade
  }
}
END
ip netns add ${CONTAINER}
ip link add docker0 type bridge
ip addr add 172.18.0.1/16 dev docker0
ip link set docker0 up
ip link add vethc type veth peer name eth0 netns ${CONTAINER}
ip link set vethc master docker0 up
ip -n ${CONTAINER} addr add 172.18.0.2/16 dev eth0
ip -n ${CONTAINER} link set eth0 up
ip -n ${CONTAINER} route add default via 172.18.0.1
`;
const NO_DOCKER = `
nft delete table ip filter
nft delete table ip nat
ip netns del ${CONTAINER}
ip link del docker0
`;

let box: Box;
let wan: WiredWan;
let ports: [string, string];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  ports = [box.bus.port(1), box.bus.port(2)];
  wan = new WiredWan(box.guest);
  await wan.build();
  // A default route of theirs would be an uplink's business; these tests are about the rest.
  await wan.route("del");
  await sh(OTHERS);
  await box.unconfigure();
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await sh(`set +e\n${NO_DOCKER}\n${NO_OTHERS}\ntrue`);
  await wan.destroy();
});

async function sh(script: string): Promise<string> {
  return (await box.guest.exec(["sh", "-ec", script])).stdout;
}

/** All that is not ours: tables, rules, and routes without our number. */
function theirs(): Promise<string> {
  const script = [
    "for t in $(nft list tables | sed 's/^table //; s/ /+/' | grep -Ev '[+]wanherd(_guard)?$'); do nft -s list table $(echo $t | tr + ' '); done",
    "ip -4 rule show | grep -v 'proto 119'",
    "ip -4 route show table all | grep -v 'proto 119' | grep -Ev 'dev wan[0-9]'",
  ];
  return sh(script.join("\n"));
}

/** Who the internet sees when the gateway connects from this port of its own. */
async function seenFrom(port: number): Promise<string> {
  return sh(`curl --silent --fail --max-time 10 --local-port ${port} http://198.51.100.1/ip`);
}

test("what others have in the kernel stays as it was, byte by byte, and works, while links come and go", async () => {
  const before = await theirs();
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool([ports[0]]);
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
  expect(await theirs()).toBe(before);
  // Their rule by mark, and ours for what nobody marked.
  expect(await seenFrom(4_100)).toBe(WIRED_ADDRESS);
  expect(await seenFrom(5_100)).toBe("10.64.1.2");
  await box.bus.unplug(ports[0]);
  await box.untilPool([ports[1]]);
  expect(await theirs()).toBe(before);
  expect(await seenFrom(4_101)).toBe(WIRED_ADDRESS);
  expect(await seenFrom(5_101)).toBe("10.64.2.2");
});

test("the LAN's connections carry both marks, each in its own bits", async () => {
  const download = box.bus.download({ connections: 1, bytes: 3_000_000 });
  await box.guest.exec(["sleep", "1"]);
  const marks = await sh("conntrack -L -p tcp --orig-src 172.17.2.100 2>/dev/null | grep -o 'mark=[0-9]*' | sort -u");
  expect(marks.split("\n").map((mark) => Number(mark.slice(5)) & 0x2ff00)).toContain(0x20000 + 0x200);
  const ended = await Promise.race([download, pause(60_000, null, { ref: false })]);
  // Where it hangs, which happened once, this shows at which end, and whether anything still comes.
  const look = `for n in ${CLIENT} ${INTERNET}; do ip netns exec $n ss -tnio; done; conntrack -L -p tcp; ip -s link; nft list ruleset`;
  if (ended === null) throw new Error(`the download has not ended in 60 s:\n${await sh(look)}`);
  expect(ended.downloads.map(({ complete }) => complete)).toEqual([true]);
});

test("a more specific route of the main table wins over the pool, for the gateway and for the LAN", async () => {
  await sh("ip route add 198.51.100.1 via 192.0.2.1 dev eth5");
  await sh(
    `ip -n ${INTERNET} route replace 172.17.2.0/24 via 10.66.0.1; ip -n wired-router route add 172.17.2.0/24 via 192.0.2.2`,
  );
  expect(await seenAs(box.guest)).toBe(WIRED_ADDRESS);
  // Not masqueraded: that link is none of ours.
  expect(await seenAs(box.guest, CLIENT)).toBe("172.17.2.100");
  await sh("ip route del 198.51.100.1");
  expect(await seenAs(box.guest, CLIENT)).toBe("10.64.2.2");
});

test("Docker: its containers go out by our links; its policy of dropping is told of with the line that mends it", async () => {
  await sh(DOCKER);
  expect(await sh(`ip netns exec ${CONTAINER} curl --silent --fail --max-time 10 http://198.51.100.1/ip`)).toBe(
    "10.64.2.2",
  );
  const { downloads } = await box.bus.download({ connections: 1, patienceMs: 3_000 });
  expect(downloads.map(({ complete }) => complete)).toEqual([false]);
  const doctor = await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "doctor"], { mayFail: true });
  expect(doctor.stdout).toContain(
    "Docker's firewall (table ip filter, chain FORWARD, policy drop) drops what lan-br's",
  );
  expect(doctor.stdout).toContain("→ iptables -I DOCKER-USER -i lan-br -j ACCEPT && iptables -I DOCKER-USER -o lan-br");
  // What iptables makes of that line.
  await sh(`nft insert rule ip filter DOCKER-USER iifname lan-br counter accept
nft insert rule ip filter DOCKER-USER oifname lan-br ct state related,established counter accept`);
  expect(await seenAs(box.guest, CLIENT)).toBe("10.64.2.2");
  expect(
    (await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "doctor"], { mayFail: true })).stdout,
  ).not.toContain("Docker's firewall");
});

test("the journal tells of a firewall that was there before the first link, and others' objects outlive the agent", async () => {
  await sh("nft flush chain ip filter DOCKER-USER");
  await box.stop();
  const before = await theirs();
  await box.start();
  await box.untilPool([ports[1]]);
  await box.agent.waitFor(
    /Docker's firewall \(table ip filter, chain FORWARD, policy drop\).*what mends it: iptables -I DOCKER-USER/,
  );
  await box.stop();
  expect(await theirs()).toBe(before);
  expect(await sh("nft list tables | grep wanherd || true")).toBe("");
});
