import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { Concentrator } from "../bus/concentrator.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** The thesis's links, in kB/s, and a 3G link's delay one way. */
const RATES = [120, 120, 310] as const;
const DELAY = { delayMs: 60, jitterMs: 15 };
const CONFIG = "modems:\n  defaults: { weight: 1, role: bundle }\nbundle: { engine: mlppp }\n";
const SERVES = "engines: { mptcp: { enabled: false }, mlppp: { enabled: true } }\n";
const BUNDLED = "198.51.100.9";

let box: Box;
let concentrator: Concentrator;
let ports: [string, string, string];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3]);
  ports = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];
  concentrator = await Concentrator.install(box, [1, 2, 3]);
  await Promise.all(RATES.map((rateKbytes, index) => box.bus.shape(index + 1, { rateKbytes, ...DELAY })));
  await concentrator.start(SERVES);
  await concentrator.invitesGateway();
  await box.configure(CONFIG);
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await concentrator.stop();
  await box.guest.exec(["rm", "-f", "/etc/wanherd/concentrator.key", "/etc/wanherd/concentrator.yaml"]);
  await Promise.all(RATES.map((_, index) => box.bus.shape(index + 1, {})));
  await box.unconfigure();
});

const carrying = (count: number) =>
  box.until(
    `the bundle carries over ${count} links`,
    ({ bundle }) => bundle?.state === "carrying" && bundle.members.length === count,
    120_000,
  );

/** How many channels the kernel's bundle has, by who dialled them: each member's WireGuard and pppd are ours alone. */
async function linksUp(): Promise<number> {
  return (await box.processes("pppd", "multilink")).length;
}

async function dialled(count: number): Promise<void> {
  await carrying(count);
  for (const end = Date.now() + 60_000; (await concentrator.dialled()) !== count; await pause(500))
    if (Date.now() > end) throw new Error(`the bundle has not ${count} links`);
  // From the connection on there is PPP to be negotiated.
  await pause(3_000);
}

async function download(bytes: number): Promise<Download> {
  const { downloads } = await box.bus.download({ connections: 1, bytes, patienceMs: 60_000 });
  return downloads[0] as Download;
}

function expectWhole(done: Download): void {
  expect(done.error ?? "", JSON.stringify(done)).toBe("");
  expect(done.complete).toBe(true);
  expect(done.via).toBe(BUNDLED);
}

async function fromClient(argv: readonly string[]): Promise<string> {
  return (await box.guest.exec(["ip", "netns", "exec", "client", ...argv], { mayFail: true, timeoutMs: 60_000 }))
    .stdout;
}

/** A download under which something happens; it must go on, byte for byte. */
async function under(what: string, bytes: number, happens: () => Promise<unknown>): Promise<void> {
  const open = download(bytes);
  await pause(4_000);
  await happens();
  const done = await open;
  const gap = done.longestGapMs.toFixed(0);
  console.log(`${what}: ${(done.bytes / done.tookMs).toFixed(0)} kB/s, longest stall ${gap} ms`);
  expectWhole(done);
  // An emulated guest beside others is slow at everything; on an idle one it is a tenth of that.
  expect(done.longestGapMs).toBeLessThan(20_000);
}

test("three links are one interface, over which a download goes", async () => {
  for (const port of ports) await box.bus.plug(port, plainModem());
  await carrying(3);
  expectWhole(await download(100_000));
  const { stdout } = await box.guest.exec(["ip", "-br", "address", "show", "dev", "wanbundle"]);
  expect(stdout).toContain("172.31.119.2 peer 172.31.119.1/32");
}, 300_000);

test("what is not TCP goes through it, too", async () => {
  expect(await fromClient(["ping", "-c", "4", "-W", "5", "198.51.100.1"])).toMatch(/ [1-4] received/);
  // The internet's server answers any name over UDP with an error, which is an answer.
  const ask = `const d = require("node:dgram").createSocket("udp4"); const id = Buffer.from("0001010000010000000000000161000001" + "0001", "hex");
    d.on("message", (m) => { console.log(m.length); d.close(); }); let n = 0; const t = setInterval(() => ++n > 5 ? process.exit(1) : d.send(id, 53, "198.51.100.1"), 1000); d.on("close", () => clearInterval(t)); d.send(id, 53, "198.51.100.1");`;
  expect(Number(await fromClient(["node", "-e", ask]))).toBeGreaterThan(10);
});

test("one download gets most of what the links carry alone", async () => {
  const alone: number[] = [];
  for (const port of ports) {
    for (const each of ports) await box.bus.post(`uplinks/${each}`, { role: "balance", tier: each === port ? 1 : 2 });
    await box.until(`only ${port} gets connections`, ({ uplinks }) =>
      uplinks.every((link) => link.weight > 0 === (link.port === port)),
    );
    const done = await download(1_500_000);
    expect(done.complete).toBe(true);
    alone.push(done.bytes / done.tookMs);
  }
  for (const each of ports) await box.bus.post(`uplinks/${each}`, { role: "config", tier: "config" });
  await carrying(3);
  const done = await download(8_000_000);
  expectWhole(done);
  const rate = done.bytes / done.tookMs;
  const sum = alone.reduce((total, each) => total + each, 0);
  const parts = alone.map((each) => each.toFixed(0)).join(" + ");
  console.log(
    `alone ${parts} kB/s; one download over all ${rate.toFixed(0)} kB/s = ${((100 * rate) / sum).toFixed(0)} %`,
  );
  // The thesis's way had 48 %. On a quiet computer it is 84 %; others do other things beside.
  expect(rate / sum).toBeGreaterThan(0.5);
}, 400_000);

test("a member that has become very late is set aside, told of, and tried again", async () => {
  await box.bus.shape(1, { rateKbytes: RATES[0], delayMs: 900, jitterMs: 15 });
  await carrying(2);
  expect((await box.status()).uplinks.filter(({ aside }) => aside).map(({ port }) => port)).toEqual([ports[0]]);
  expectWhole(await download(500_000));
  await box.bus.shape(1, { rateKbytes: RATES[0], ...DELAY });
  await carrying(3);
}, 400_000);

test("a member that becomes slow under a download is set aside while that runs, and comes back when it does better", async () => {
  await under("a member at 20 kB/s", 8_000_000, async () => {
    await box.bus.shape(1, { rateKbytes: 20 });
    await carrying(2);
  });
  await box.bus.shape(1, { rateKbytes: RATES[0], ...DELAY });
  await carrying(3);
}, 400_000);

test("the first member, whose pppd owns the bundle, is yanked under a download and comes back", async () => {
  await dialled(3);
  await under("the first member yanked and back", 8_000_000, async () => {
    await box.bus.unplug(ports[0]);
    await carrying(2);
    await box.bus.plug(ports[0], plainModem());
    await dialled(3);
  });
  // The owner of the bundle is still there, and the stick that came back has a link of its own.
  const before = await linksUp();
  expect(before).toBeGreaterThanOrEqual(3);
  expectWhole(await download(100_000));
}, 400_000);

test("any other member is yanked, then all but one, under a download", async () => {
  await dialled(3);
  await under("a member yanked", 6_000_000, async () => {
    await box.bus.unplug(ports[1]);
    await carrying(2);
  });
  await box.bus.plug(ports[1], plainModem());
  await dialled(3);
  await under("all but one yanked", 4_000_000, async () => {
    await Promise.all([box.bus.unplug(ports[0]), box.bus.unplug(ports[2])]);
    await carrying(1);
  });
}, 400_000);

test("all that carry are yanked while another one is yet to be dialled: the bundle waits for that", async () => {
  await box.bus.plug(ports[0], plainModem());
  await dialled(2);
  await under("its only carriers yanked", 2_000_000, async () => {
    await box.bus.plug(ports[2], plainModem());
    await carrying(3);
    await Promise.all([box.bus.unplug(ports[0]), box.bus.unplug(ports[1])]);
  });
  for (const port of [ports[0], ports[1]]) await box.bus.plug(port, plainModem());
  await dialled(3);
}, 400_000);

test("all members are replaced at once under a download: the bundle is handed over, and not one connection ends", async () => {
  await Promise.all(ports.map((port, index) => box.bus.post(`uplinks/${port}`, { tier: index + 1 })));
  await carrying(1);
  await under("its only member replaced", 1_500_000, async () => {
    await box.bus.post(`uplinks/${ports[0]}`, { tier: 4 });
    await box.until("another link is the bundle", ({ bundle }) => bundle?.members[0]?.port === ports[1]);
  });
  await Promise.all(ports.map((port) => box.bus.post(`uplinks/${port}`, { tier: "config" })));
  await dialled(3);
}, 300_000);

test("a stranger gets no word out of the concentrator", async () => {
  const listens = await concentrator.exec(["ss", "-Hltun"]);
  const reached = listens.stdout.split("\n").filter((line) => /:(7118|7120|7121|7122)\s/.test(line));
  for (const line of reached) expect(line).toMatch(/169\.254\.119\.|172\.31\.119\.|:7120 /);
  const inner = [BUNDLED, "169.254.119.111", "172.31.119.1"];
  for (const address of inner) {
    const argv = ["ip", "netns", "exec", "internet", "sh", "-c"];
    const [way, back] = ["add", "del"].map(
      (verb) => `ip route ${verb} ${address} via ${BUNDLED} onlink dev concentrator`,
    );
    const knock = `for port in 7118 7121 7122; do timeout 2 bash -c "exec 3<>/dev/tcp/${address}/$port" 2>/dev/null && echo open; done`;
    const script = address === BUNDLED ? `${knock}; true` : `${way} && { ${knock}; ${back}; }`;
    expect((await box.guest.exec([...argv, script], { mayFail: true, timeoutMs: 60_000 })).stdout, address).toBe("");
  }
  expectWhole(await download(100_000));
});

test("its end leaves nothing at either end", async () => {
  await box.bus.unplugAll();
  await box.stop();
  await concentrator.stop();
  const { stdout } = await box.guest.exec(["sh", "-c", "ip -br link | grep wanb; ls -d /run/wanherd/bundle/mlppp"], {
    mayFail: true,
  });
  expect(stdout).toBe("");
  expect((await concentrator.exec(["sh", "-c", "ip -br link | grep wanb; nft list tables"])).stdout).toBe("");
  expect(await box.processes("pppd", "multilink")).toEqual([]);
  expect(await box.processes("socat")).toEqual([]);
}, 120_000);
