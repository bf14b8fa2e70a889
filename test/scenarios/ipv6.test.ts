import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** Two that offer IPv6, and one whose network has none. */
const CARRIERS = [1, 2, 3] as const;
const OLD = 3;
/** The network that a carrier gives to its caller. */
const VIA = CARRIERS.map((carrier) => `2001:db8:64:${carrier}:`);
const CLIENT = ["ip", "-n", "client", "-6", "-o"];
/** With a queue of 0.7 s, so that who begins while it is full need not ask twice. */
const SHAPE = { rateKbytes: 20, queuePackets: 10 };
/** Two on one link, four on the other, by their weights: 15 and 30 s, as an agent takes a while to start in the guest. */
const OPEN = { connections: 6, bytes: 150_000, patienceMs: 30_000, ipv6: true };

let box: Box;
let ports: [string, string, string];
let before: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), CARRIERS);
  ports = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];
  await Promise.all([1, 2].map((carrier) => box.bus.offer(carrier, { ipv6: true })));
  await Promise.all([1, 2].map((carrier) => box.bus.shape(carrier, SHAPE)));
  await box.configure(`modems: { defaults: { weight: 1, ipType: ipv4v6 }, '${ports[1]}': { weight: 2 } }\n`);
  before = await network();
  await Promise.all([box.start(), ...ports.map((port) => box.bus.plug(port, plainModem()))]);
  await box.untilPool(ports);
  await untilLinksOfIpv6([1, 2]);
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
  await Promise.all([1, 2].flatMap((carrier) => [box.bus.offer(carrier, {}), box.bus.shape(carrier, {})]));
  await said("ip", "-n", "client", "-6", "address", "flush", "dev", "eth0", "scope", "global");
});

async function said(...command: string[]): Promise<string> {
  return (await box.guest.exec(command, { mayFail: true })).stdout;
}

/** What an agent might change of IPv4 and IPv6; what the kernel itself does to interfaces that are there is not of it. */
async function network(): Promise<string> {
  return `${await box.network()}${await said("ip", "-6", "-o", "address", "show", "dev", "lan-br", "scope", "global")}`;
}

async function until(what: string, look: () => Promise<string>, wanted: RegExp, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  let seen = await look();
  while (!wanted.test(seen)) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}; it was ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    seen = await look();
  }
}

/** Waits until the kernel has the rules of exactly these carriers' links. */
async function untilLinksOfIpv6(carriers: readonly number[]): Promise<void> {
  const look = async (): Promise<string> => {
    const rules = await said("ip", "-6", "rule", "show");
    return CARRIERS.filter((_, index) => rules.includes(`from ${VIA[index]}`)).join();
  };
  await until(`links ${carriers.join()} have IPv6`, look, new RegExp(`^${carriers.join()}$`));
}

const counted = (downloads: readonly Download[]): number[] =>
  VIA.map((network) => downloads.filter(({ via }) => via.startsWith(network)).length);

test("a LAN host gets an address in a network of the LAN's own, and us as its router", async () => {
  // Until it has tried its address out (RFC 4862, 5.4), it sends from none that leads anywhere.
  await until(
    "the client has an address",
    () => said(...CLIENT, "address", "show", "scope", "global", "-tentative"),
    / fd[0-9a-f]{2}:/,
  );
  expect(await said(...CLIENT, "route", "show", "default")).toMatch(/^default via fe80:/);
});

test("its connections are spread over the links that have IPv6, by weight; those of IPv4 over all", async () => {
  const { downloads } = await box.bus.download({ connections: 12, concurrency: 6, bytes: 1_000, ipv6: true });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(counted(downloads)).toEqual([4, 8, 0]);
  const old = await box.bus.download({ connections: 8, concurrency: 4, bytes: 1_000 });
  expect(CARRIERS.map((carrier) => old.downloads.filter(({ via }) => via === `10.64.${carrier}.2`).length)).toEqual([
    2, 4, 2,
  ]);
});

test("somebody flushes our rules of IPv6: they are mended, and until then nothing was found to be not as wanted", async () => {
  const told = async (): Promise<string> => {
    const lines = (await box.bus.askAgent("GET", "events")).split("\n");
    return lines.filter((line) => line.includes("somebody changed what is ours")).join("\n");
  };
  expect(await told()).toBe("");
  await box.guest.exec(["ip", "-6", "rule", "flush", "protocol", "119"]);
  await until("it is told", told, /rule6 from 2001:db8:64:[12]:\S+ .* is missing/);
  await untilLinksOfIpv6([1, 2]);
});

test("killed by SIGKILL and started again under downloads, then another link pulled: those that stay lose not a byte", async () => {
  const open = box.bus.download(OPEN);
  await box.guest.exec(["sleep", "1"]);
  await box.agent.stop("SIGKILL");
  await box.start();
  await box.bus.unplug(ports[0]);
  await untilLinksOfIpv6([2]);
  // The open ones fill that link's queue, which drops what comes then: a beginning may have to be told 1, 2 and 4 s later again.
  const { downloads } = await box.bus.download({ connections: 4, bytes: 1_000, patienceMs: 30_000, ipv6: true });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(counted(downloads)).toEqual([0, 4, 0]);
  const all = (await open).downloads;
  expect(counted(all)).toEqual([2, 4, 0]);
  const kept = all.filter(({ via }) => via.startsWith(VIA[1] as string));
  expect(kept.map(({ complete, error }) => ({ complete, error }))).toEqual(
    kept.map(() => ({ complete: true, error: undefined })),
  );
});

test("the last link with IPv6 goes: a connection by it fails at once, also of a host that has not heard yet, and IPv4 works", async () => {
  await said("pkill", "-STOP", "dnsmasq");
  await box.bus.unplug(ports[1]);
  await box.untilPool([ports[OLD - 1] as string]);
  await until(
    "the LAN's address is gone",
    () => said("ip", "-6", "-o", "address", "show", "dev", "lan-br"),
    /^((?! fd).)*$/s,
  );
  expect(await said(...CLIENT, "route", "show", "default")).toMatch(/^default via fe80:/);
  const [unaware] = (await box.bus.download({ connections: 1, ipv6: true })).downloads;
  await said("pkill", "-CONT", "dnsmasq");
  expect(unaware?.error).toMatch(/ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EACCES/);
  expect(unaware?.tookMs).toBeLessThan(2_000);
  const [first] = (await box.bus.download({ connections: 1, ipv6: true })).downloads;
  expect(first?.error).toMatch(/ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EACCES/);
  expect(first?.tookMs).toBeLessThan(2_000);
  const [old] = (await box.bus.download({ connections: 1, bytes: 1_000 })).downloads;
  expect(old).toMatchObject({ via: `10.64.${OLD}.2`, complete: true });
});

test("hosts are told that there is no way by IPv6 any more, and that there is one again", async () => {
  const routes = () => said(...CLIENT, "route", "show", "default");
  await until("the client has no default route", routes, /^$/);
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool([ports[0], ports[OLD - 1] as string]);
  await until("the client has a default route again", routes, /^default via fe80:/);
  const { downloads } = await box.bus.download({ connections: 4, bytes: 1_000, ipv6: true });
  expect(counted(downloads)).toEqual([4, 0, 0]);
});

test("the gateway's own connections use it, and what was there before us is there after us", async () => {
  expect(await said("curl", "--silent", "--max-time", "20", "http://[2001:db8:ffff::1]/ip")).toContain(VIA[0]);
  await box.bus.unplugAll();
  await box.stop();
  expect(await network()).toBe(before);
});
