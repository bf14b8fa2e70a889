import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/inspector/types.ts";
import { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const WANHERD = ["node", "/wanherd/dist/wanherd.js"];
/** Fixed, so that nothing that is learned meanwhile changes them. */
const modems = (more = "") => `modems: { defaults: { weight: 1 }${more} }\n`;
const HOSTS = Array.from({ length: 8 }, (_, index) => `172.17.2.${10 + index}`);
/** The internet's only server. */
const SERVER = "198.51.100.1";
/** The client's address behind carrier 1, 2 and 3, as the internet sees it. */
const VIA = ["10.64.1.2", "10.64.2.2", "10.64.3.2"] as const;

let box: Box;
let ports: [string, string, string];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3]);
  ports = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];
  await addresses("add");
  await box.configure(`${modems()}balancer: { by: host }\n`);
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  await box.untilPool(ports);
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
  await box.bus.shape(1, {});
  await addresses("del");
});

/** Gives the LAN's client more addresses, as if it were several hosts. */
async function addresses(what: "add" | "del"): Promise<void> {
  const lines = HOSTS.map((host) => `ip -n client addr ${what} ${host}/24 dev eth0`);
  await box.guest.exec(["sh", "-c", lines.join("; ")]);
}

const weights = ({ uplinks }: Status): string =>
  ports.map((port) => uplinks.find((link) => link.port === port)?.weight ?? "-").join();

const untilWeights = (wanted: string): Promise<Status> =>
  box.until(`the weights are ${wanted}`, (status) => weights(status) === wanted);

/** How many connections each link got, in the order of VIA. */
const counted = (downloads: readonly Download[]): number[] =>
  VIA.map((address) => downloads.filter(({ via }) => via === address).length);

async function split(connections: number): Promise<number[]> {
  const { downloads } = await box.bus.download({ connections, concurrency: 4, bytes: 1_000, patienceMs: 30_000 });
  const broken = downloads.filter(({ complete }) => !complete);
  expect(broken, broken.length === 0 ? "" : await whyBroken()).toEqual([]);
  return counted(downloads);
}

/** Who could have ended a connection: what the agent saw, what conntrack took for none of its own, what the server reset. */
async function whyBroken(): Promise<string> {
  const resets =
    "ip netns exec internet nstat -az TcpOutRsts TcpEstabResets TcpExtTCPTimeouts 2>&1; nstat -az TcpOutRsts";
  const { stdout } = await box.guest.exec(["sh", "-c", `${resets}; conntrack -S; nft list table inet wanherd`]);
  const events = await box.guest.exec([...WANHERD, "events", "--topic", "transition,network"]);
  return `${events.stdout.slice(-4_000)}\n${stdout}`;
}

test("by host: each host of the LAN keeps to one link, and not all to the same one", async () => {
  const { downloads } = await box.bus.download({ connections: 64, concurrency: 8, bytes: 1_000, from: HOSTS });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  const linksOf = HOSTS.map((host) => new Set(downloads.filter(({ from }) => from === host).map(({ via }) => via)));
  expect(linksOf.map(({ size }) => size)).toEqual(HOSTS.map(() => 1));
  expect(new Set(linksOf.flatMap((links) => [...links])).size).toBeGreaterThan(1);
});

test("a weight set by hand splits the next 60 connections, and an open download does not notice", async () => {
  await box.guest.exec([...WANHERD, "balance", "connection"]);
  await untilWeights("1,1,1");
  await box.bus.shape(1, { rateKbytes: 80, queuePackets: 25 });
  const open = box.bus.download({ connections: 3, bytes: 800_000, patienceMs: 30_000 });
  await box.guest.exec([...WANHERD, "set", ports[0], "weight=4"]);
  await untilWeights("4,1,1");
  const shares = await split(60);
  expect(shares).toEqual([40, 10, 10]);
  const { downloads } = await open;
  expect(downloads.map(({ complete, error }) => ({ complete, error }))).toEqual(
    downloads.map(() => ({ complete: true, error: undefined })),
  );
  expect(downloads.filter(({ longestGapMs }) => longestGapMs > 5_000)).toEqual([]);
  await box.bus.shape(1, {});
  const { stdout } = await box.guest.exec([...WANHERD, "explain", ports[0]]);
  expect(stdout.replaceAll("\n", " ")).toContain(`\`wanherd set ${ports[0]} weight=config\` undoes that`);
});

test("what a hand has set outlives the agent and a change of the config, until it is told to go by the config", async () => {
  await box.stop();
  await box.start();
  await box.untilPool(ports);
  await untilWeights("4,1,1");
  await box.configure(modems(`, '${ports[0]}': { weight: 2 }, '${ports[1]}': { weight: 3 }`));
  await untilWeights("4,3,1");
  await box.bus.post(`uplinks/${ports[0]}`, { weight: "config" });
  await untilWeights("2,3,1");
});

test("a backup takes over when the tier above it is empty, and gives back", async () => {
  await box.configure(modems(`, '${ports[2]}': { tier: 2 }`));
  await untilWeights("1,1,0");
  const open = box.bus.download({ connections: 4, forMs: 30_000, bytes: 1_000 });
  await box.guest.exec(["sleep", "2"]);
  await box.bus.unplug(ports[0]);
  await box.bus.unplug(ports[1]);
  await untilWeights("-,-,1");
  const { downloads } = await open;
  const byBackup = downloads.filter(({ via }) => via === VIA[2]);
  const byOthers = downloads.filter(({ via, complete }) => via !== VIA[2] && complete);
  const firstByBackup = Math.min(...byBackup.map(({ startMs }) => startMs));
  const lastByOthers = Math.max(...byOthers.map(({ startMs }) => startMs));
  expect(byBackup.filter(({ complete }) => complete).length).toBeGreaterThan(0);
  expect(firstByBackup - lastByOthers, "ms without a link for new connections").toBeLessThan(20_000);
  await box.bus.plug(ports[1], plainModem());
  await untilWeights("-,1,0");
  expect(await split(10)).toEqual([0, 10, 0]);
  await box.bus.plug(ports[0], plainModem());
  await untilWeights("1,1,0");
});

test("a rule pins connections to its link; without that it falls back, and a strict one refuses at once", async () => {
  const rules = (strict: boolean) =>
    `${modems()}balancer:
  rules:
    - { ports: 81, use: nowhere0, strict: true }
    - { to: ${SERVER}, protocol: tcp, ports: [80, 443], use: '${ports[1]}', strict: ${strict} }
`;
  const over = ({ balancer }: Status) => JSON.stringify(balancer.rules[1]?.over);
  await box.configure(rules(false));
  await box.until("the rule is in force", (status) => over(status)?.startsWith('["wan') === true);
  await untilWeights("1,1,1");
  expect(await split(12)).toEqual([0, 12, 0]);
  await box.bus.unplug(ports[1]);
  await box.until("the rule falls back", (status) => over(status) === '"pool"');
  await box.untilPool([ports[0], ports[2]]);
  expect(await split(12)).toEqual([6, 0, 6]);
  await box.configure(rules(true));
  await box.until("the rule refuses", (status) => over(status) === '"nowhere"');
  const { downloads } = await box.bus.download({ connections: 6, bytes: 1_000 });
  expect(downloads.map(({ error }) => error?.includes("ECONNREFUSED"))).toEqual(downloads.map(() => true));
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
  expect(await split(12)).toEqual([0, 12, 0]);
});
