// Run in the guest: `forwarding-cost.js ROUNDS` forwards the same traffic from a server to a client through a router with three
// links, under no rules, the thesis's and ours in turn, each in namespaces of their own, and prints the kernel's CPU time as JSON.
import { readFileSync } from "node:fs";
import { renderGuard } from "../../../src/net/guard.ts";
import { renderNft } from "../../../src/net/render-nft.ts";
import { renderRoutes } from "../../../src/net/render-routes.ts";
import type { DesiredNetwork, UplinkId } from "../../../src/net/types.ts";
import { SERVER_ADDRESS, SERVER_ADDRESS6 } from "../../bus/carriers/addresses.ts";
import type { ClientJob, ClientResult } from "../../bus/carriers/client-job.ts";
import { HelperProgram } from "../../bus/carriers/helper-program.ts";
import { ipBatch, run } from "../../bus/carriers/run.ts";
import { type ForwardingSample, RULES, TRAFFIC } from "../forwarding-cost.ts";

const ROUTER = "cost-router";
const FAR = "cost-far";
const NEAR = "cost-near";
const SLOTS = [1, 2, 3];
/** Clock ticks of /proc/stat (USER_HZ is 100 on every Linux architecture that this runs on). */
const TICKS_PER_SECOND = 100;

const INTERFACES = SLOTS.map((slot) => `wan${slot}`);
const OURS: DesiredNetwork = {
  lan: "lan0",
  by: "connection",
  uplinks: SLOTS.map((slot) => ({
    slot,
    id: `wan${slot}` as UplinkId,
    interface: `wan${slot}`,
    address: `10.71.${slot}.2`,
    via: `10.71.${slot}.1`,
  })),
  pick: SLOTS.map((slot) => ({ slot, weight: 1 })),
  pins: [],
};

/** The thesis's rules (3.3.2), word for word but for the interfaces' names; its rules and tables beside them. */
const THESIS = `*mangle
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -j MARK --set-mark 1
-A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-mark 2
-A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-mark 3
-A PREROUTING -j CONNMARK --save-mark
COMMIT
*nat
${SLOTS.map((slot) => `-A POSTROUTING -o wan${slot} -j MASQUERADE`).join("\n")}
COMMIT
`;
const THESIS_ROUTES = SLOTS.flatMap((slot) => [
  `route add 172.17.2.0/24 dev lan0 table 10${slot}`,
  `route add default via 10.71.${slot}.1 table 10${slot}`,
  `rule add fwmark ${slot} table 10${slot}`,
]);
/** So that "none" has a way too, and all have the same. */
const MAIN_ROUTE = "route add default via 10.71.1.1";

/**
 * Segments as long as a link's packets are: veth would else hand on 64 kB at once, and the rules see a tenth of the packets.
 */
const AS_PACKETS = "gso_max_segs 1";

async function build(): Promise<void> {
  await ipBatch([ROUTER, FAR, NEAR].map((name) => `netns add ${name}`));
  await ipBatch([
    `link add eth0 netns ${NEAR} ${AS_PACKETS} type veth peer name lan0 netns ${ROUTER}`,
    ...SLOTS.map(
      (slot) => `link add far${slot} netns ${FAR} ${AS_PACKETS} type veth peer name wan${slot} netns ${ROUTER}`,
    ),
  ]);
  await ipBatch(
    ["link set lo up", "addr add 172.17.2.100/24 dev eth0", "link set eth0 up", "route add default via 172.17.2.1"],
    NEAR,
  );
  await ipBatch(
    [
      ...["link set lo up", `addr add ${SERVER_ADDRESS}/32 dev lo`, `addr add ${SERVER_ADDRESS6} dev lo`],
      ...SLOTS.flatMap((slot) => [`addr add 10.71.${slot}.1/30 dev far${slot}`, `link set far${slot} up`]),
      // Where nobody masquerades.
      "route add 172.17.2.0/24 via 10.71.1.2",
    ],
    FAR,
  );
  await ipBatch(
    [
      ...["addr add 172.17.2.1/24 dev lan0", "link set lan0 up"],
      ...SLOTS.flatMap((slot) => [`addr add 10.71.${slot}.2/30 dev wan${slot}`, `link set wan${slot} up`]),
      MAIN_ROUTE,
    ],
    ROUTER,
  );
  await inRouter(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=2"]);
}

async function setRules(rules: (typeof RULES)[number]): Promise<void> {
  await inRouter(["nft", "flush", "ruleset"]);
  for (const name of ["mangle", "nat"]) await inRouter(["iptables-legacy", "-t", name, "-F"]);
  await inRouter(["ip", "rule", "flush"]);
  await ipBatch(["rule add pref 32766 lookup main", "rule add pref 32767 lookup default"], ROUTER);
  for (const table of SLOTS) await inRouter(["ip", "route", "flush", "table", `10${table}`]).catch(() => {});
  if (rules === "thesis") {
    await inRouter(["iptables-legacy-restore"], THESIS);
    await ipBatch(THESIS_ROUTES, ROUTER);
  }
  if (rules === "ours") {
    await ipBatch(renderRoutes([], OURS).before, ROUTER);
    await inRouter(["nft", "-f", "-"], renderNft(OURS));
    // With an owner it would be gone at the end of this nft.
    await inRouter(["nft", "-f", "-"], renderGuard(INTERFACES).replaceAll("flags owner;", ""));
  }
}

function inRouter(command: readonly string[], input = ""): Promise<string> {
  return run("ip", ["netns", "exec", ROUTER, ...command], input);
}

/** Of all processors, proc_stat(5): system, irq and softirq. */
function kernelMs(): number {
  const fields = (readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "").split(/ +/).slice(1).map(Number);
  const [, , system = 0, , , irq = 0, softirq = 0] = fields;
  return ((system + irq + softirq) * 1000) / TICKS_PER_SECOND;
}

async function forward(
  rules: ForwardingSample["rules"],
  traffic: ForwardingSample["traffic"],
): Promise<ForwardingSample> {
  const job: ClientJob = TRAFFIC[traffic];
  const before = kernelMs();
  const { downloads, tookMs } = (await client.ask({ job })) as ClientResult;
  const cpuMs = kernelMs() - before;
  const bytes = downloads.reduce((sum, download) => sum + (download.complete ? download.bytes : 0), 0);
  const links = new Set(downloads.map(({ via }) => via)).size;
  const failed = downloads.filter(({ complete }) => !complete).length;
  return { rules, traffic, cpuMs, bytes, tookMs, links, failed };
}

await build();
await HelperProgram.start("internet-server.js", FAR);
const client = await HelperProgram.start("client-load.js", NEAR);
const rounds = Number(process.argv[2] ?? 3);
const samples: ForwardingSample[] = [];
// The first round is to get everything going.
for (let round = 0; round <= rounds; round++) {
  for (const rules of round % 2 === 0 ? RULES : RULES.toReversed()) {
    await setRules(rules);
    for (const traffic of Object.keys(TRAFFIC) as (keyof typeof TRAFFIC)[]) {
      const sample = await forward(rules, traffic);
      if (round > 0) samples.push(sample);
    }
  }
}
console.log(JSON.stringify(samples));
for (const name of [ROUTER, FAR, NEAR]) await run("ip", ["netns", "del", name]);
process.exit(0);
