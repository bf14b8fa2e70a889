import { basename } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { macOf } from "../bus/devices/models/dongle.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { ProcessEntry } from "../bus/guest/guest.ts";
import { claimRadio, radioOf, Station, simulatedRadios } from "../bus/station.ts";
import { HOTSPOT, takeBridge } from "./hotspot.ts";

const MODEMS = [1, 2] as const;
const RADIOS = [3, 4, 5] as const;
/** The client's own dongle: in the client's namespace before the agent looks. */
const CLIENT = 9;
const ROUTER = "172.17.2.1";
const LEASE = /^172\.17\.2\.1([0-4]\d|50)$/;
const IP_PAGE = "http://198.51.100.1/ip";

/** Mode and name of each file with this text in it. */
const HOLDERS = `find /run /tmp /var /etc -type f -exec grep -lsF "$0" {} + | xargs stat -c '%a %n'`;

let box: Box;
let modems: string[];
let radios: [string, string, string];
let giveBridge: () => Promise<void>;
let before: string;
let annasRadio: string;
const stations = new Map<string, Station>();

const config = (accessPoint = "", passphrase: string = HOTSPOT.passphrase): string => `
accessPoint: { ssid: ${HOTSPOT.ssid}, passphrase: "${passphrase}"${accessPoint} }
lan: { ports: [lan-client] }
`;

beforeAll(async () => {
  const guest = await connectGuest();
  box = await Box.install(guest, MODEMS);
  modems = MODEMS.map((number) => box.bus.port(number));
  radios = [box.bus.port(RADIOS[0]), box.bus.port(RADIOS[1]), box.bus.port(RADIOS[2])];
  giveBridge = await takeBridge(guest);
  before = await box.network();
  await Promise.all(MODEMS.map((carrier) => box.bus.offer(carrier, { nameServer: true })));
  await box.configure(config());
  await box.bus.plug(box.bus.port(CLIENT), rt2500usb());
  annasRadio = await radioOf(guest, box.bus.port(CLIENT));
  await claimRadio(guest, "anna", annasRadio);
  await box.start();
  for (const port of modems) await box.bus.plug(port, plainModem());
  await box.untilPool(modems);
});

afterAll(async () => {
  await takeRadiosAway();
  await box.stop();
  await giveBridge();
  await box.unconfigure();
  await Promise.all(MODEMS.map((carrier) => box.bus.offer(carrier, {})));
});

async function takeRadiosAway(): Promise<void> {
  for (const each of stations.values()) await each.leave();
  stations.clear();
  await simulatedRadios(box.guest, 0);
  await box.bus.unplugAll();
}

async function join(name: string, radio: string, security: "wpa2" | "wpa3", bssid?: string): Promise<Station> {
  const options = { ...HOTSPOT, security, ...(bssid === undefined ? {} : { bssid }) };
  const made = await Station.create(box.guest, name, radio, options);
  stations.set(name, made);
  return made;
}

function station(name: string): Station {
  const found = stations.get(name);
  if (found === undefined) throw new Error(`there is no station ${name}`);
  return found;
}

async function sh(script: string): Promise<string> {
  return (await box.guest.exec(["sh", "-c", script], { mayFail: true })).stdout;
}

/** Waits until exactly these ports' radios serve. */
const untilServing = (ports: readonly string[]): Promise<unknown> =>
  box.until(`radios serve in ${ports.join()}`, (status) =>
    ports.every((port) => status.ports.find((each) => each.port === port)?.state === "serving"),
  );

/** The channel and the network that this port's radio is on. */
async function onAir(port: string): Promise<{ ssid: string | undefined; channel: number }> {
  const { stdout } = await box.guest.exec(["iw", "dev", await radioOf(box.guest, port), "info"]);
  return { ssid: /ssid (.*)/.exec(stdout)?.[1], channel: Number(/channel (\d+)/.exec(stdout)?.[1]) };
}

async function processes(program: string, argument = ""): Promise<ProcessEntry[]> {
  const all = await box.guest.processes();
  return all.filter(({ argv }) => basename(argv[0] ?? "") === program && argv.some((word) => word.includes(argument)));
}

const hostapds = async (): Promise<number[]> => (await processes("hostapd")).map(({ pid }) => pid);

test("three dongles are one network on channels 1, 6 and 11, in one hostapd and one bridge", async () => {
  for (const port of radios) await box.bus.plug(port, rt2500usb());
  await untilServing(radios);
  const air = await Promise.all(radios.map(onAir));
  expect(air.map(({ ssid }) => ssid)).toEqual(Array(3).fill(HOTSPOT.ssid));
  expect(air.map(({ channel }) => channel).sort((a, b) => a - b)).toEqual([1, 6, 11]);
  expect(await hostapds()).toHaveLength(1);
  const { stdout } = await box.guest.exec(["sh", "-c", "ls /sys/class/net/lan-br/brif"]);
  const members = await Promise.all(radios.map((port) => radioOf(box.guest, port)));
  expect(stdout.trim().split("\n").sort()).toEqual([...members, "lan-client"].sort());
});

test("a client associates with WPA2, gets an address, resolves names, and downloads over both uplinks", async () => {
  const anna = await join("anna", annasRadio, "wpa2", macOf(RADIOS[0]));
  const lease = await anna.connect();
  expect(lease.address).toMatch(LEASE);
  expect(lease).toMatchObject({ router: ROUTER, nameServers: [ROUTER] });
  expect(await anna.run(["busybox", "nslookup", "host.example"])).toMatch(/192\.88\.99\.[12]/);
  const seen = new Set<string>();
  for (let look = 0; look < 12; look++) seen.add(await anna.run(["curl", "--silent", "--max-time", "10", IP_PAGE]));
  expect([...seen].sort()).toEqual(["10.64.1.2", "10.64.2.2"]);
  const size = ["--silent", "--output", "/dev/null", "--write-out", "%{size_download}"];
  expect(await anna.run(["curl", ...size, "--max-time", "30", "http://198.51.100.1/bytes/200000"])).toBe("200000");
});

test("a radio that the config names joins, and a client associates with it by WPA3", async () => {
  const [ap = "", own = ""] = await simulatedRadios(box.guest, 2);
  await box.configure(config(`, interfaces: [${ap}]`));
  const bert = await join("bert", own, "wpa3");
  expect((await bert.connect()).address).toMatch(LEASE);
  expect(await sh(`iw dev ${ap} station dump`)).toMatch(/MFP:\s+yes/);
  expect(await hostapds()).toHaveLength(1);
});

test("status tells the network, its radios and who is on which", async () => {
  const { accessPoint } = await box.status();
  expect(accessPoint).toMatchObject({ ssid: HOTSPOT.ssid, bridge: "lan-br", address: "172.17.2.1/24" });
  expect(accessPoint?.radios.map(({ port, state }) => [port, state])).toEqual(
    expect.arrayContaining([...radios, null].map((port) => [port, "serving"])),
  );
  const anna = accessPoint?.stations.find(({ mac }) => mac === macOf(CLIENT));
  expect(anna).toMatchObject({ port: radios[0], signalDbm: -40 });
  expect(anna?.txBytes).toBeGreaterThan(200_000);
});

test("a radio is pulled out: the others' clients lose no association, and at most one ping", async () => {
  const before = await station("anna").associations();
  const stop = await station("anna").startPings(ROUTER);
  await box.guest.exec(["sleep", "2"]);
  await box.bus.unplug(radios[2]);
  await box.untilState(radios[2], "empty");
  await box.guest.exec(["sleep", "2"]);
  const { sent, received } = await stop();
  expect(sent).toBeGreaterThan(30);
  expect(sent - received).toBeLessThanOrEqual(1);
  expect(await station("anna").associations()).toEqual(before);
});

test("a radio that is late with its driver joins: the others' clients do not notice that either", async () => {
  const before = await station("anna").associations();
  const stop = await station("anna").startPings(ROUTER);
  await box.bus.plug(radios[2], rt2500usb({ configuresAfterMs: 2_500 }));
  await untilServing(radios);
  const { sent, received } = await stop();
  expect(sent - received).toBeLessThanOrEqual(1);
  expect(await station("anna").associations()).toEqual(before);
});

test("a short passphrase, and a channel that the country has not, are refused before anything is touched", async () => {
  const [pids, before] = [await hostapds(), await station("anna").associations()];
  await box.configure(config("", "short"));
  await box.agent.waitFor(/expected auto or 8–63 ASCII characters/);
  await box.configure(config(", country: US, channels: [13]"));
  await box.agent.waitFor(/channel 13 is not allowed there \(US\)/);
  await box.configure(config());
  expect(await hostapds()).toEqual(pids);
  expect(await station("anna").associations()).toEqual(before);
});

test("the agent is killed and started again: the same hostapd goes on, and no client is lost", async () => {
  const pids = await hostapds();
  const served = async (): Promise<unknown> => (await box.status()).accessPoint?.stations.map(({ mac }) => mac).sort();
  const clients = await served();
  const associations = await station("anna").associations();
  const air = await Promise.all(radios.map(onAir));
  await box.agent.stop("SIGKILL");
  await box.start();
  await untilServing(radios);
  expect(await hostapds()).toEqual(pids);
  expect(await station("anna").associations()).toEqual(associations);
  expect(await Promise.all(radios.map(onAir))).toEqual(air);
  expect(await served()).toEqual(clients);
});

// It is not the agent's own child by now.
test("hostapd is killed: it is back, and its clients are, by themselves", async () => {
  const [pid] = await hostapds();
  const { won } = await station("anna").associations();
  await box.guest.exec(["kill", "-KILL", String(pid)]);
  await expect.poll(async () => (await hostapds()).filter((each) => each !== pid), { timeout: 30_000 }).toHaveLength(1);
  await untilServing(radios);
  await station("anna").associated(won + 1);
  expect(await station("anna").run(["ping", "-c", "3", ROUTER])).toMatch(/[1-3] received/);
});

test("dnsmasq is killed: it is back, and names are found again", async () => {
  const [dnsmasq] = await processes("dnsmasq", "/run/wanherd/");
  await box.guest.exec(["kill", "-KILL", String(dnsmasq?.pid)]);
  const lookUp = (): Promise<string> => station("anna").run(["busybox", "nslookup", "b.example"]);
  await expect.poll(lookUp, { timeout: 30_000 }).toMatch(/192\.88\.99\.[12]/);
});

test("the passphrase is in no log, event, status or process list, and in no file that others can read", async () => {
  const secret = HOTSPOT.passphrase;
  const events = await sh("curl -s --unix-socket /run/wanherd/agent.sock 'http://localhost/v1/events?limit=1000'");
  const commands = await sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
  const said = [events, commands, await box.agent.output(), JSON.stringify(await box.status())];
  expect(said.map((text) => text.includes(secret))).toEqual(said.map(() => false));
  // The config is the user's own file, the station's is the client's.
  const holders = await box.guest.exec(["sh", "-c", HOLDERS, secret], { mayFail: true });
  const files = holders.stdout.split("\n").filter((line) => /wanherd/.test(line) && !/wanherd\.yaml$/.test(line));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((line) => !line.startsWith("600 "))).toEqual([]);
});

test("the agent's end gives everything back", async () => {
  const names = await Promise.all(radios.map((port) => radioOf(box.guest, port)));
  await box.stop();
  expect(await hostapds()).toEqual([]);
  for (const name of names) {
    const { stdout } = await box.guest.exec(["sh", "-c", `iw dev ${name} info; ip -j link show ${name}`]);
    expect(stdout).toContain("type managed");
    expect(stdout).not.toMatch(/"UP"|"master"/);
  }
  await takeRadiosAway();
  await expect.poll(() => box.network(), { timeout: 20_000 }).toBe(before);
});
