import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";

/** The link with the lower slot is the main table's default, so the other one is what goes wrong if anything does. */
const [DEFAULT, OTHER] = [1, 2];
/** What a carrier's own name server answers: by which one knows which carrier was asked. */
const ANSWER = /192\.88\.99\.([12])\b/;
const SERVER = "198.51.100.1";
const OTHERS_MTU = 1400;

/** Answers from the address that it is asked at, as every UDP server of a host with several has to. */
const UDP_SERVER = `
  for (const address of process.argv.slice(1)) {
    const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", (text, { port, address }) => socket.send(text, port, address));
    socket.bind(9000, address, () => console.log("listening"));
  }`;
/** Says which address answered it. */
const UDP_CLIENT = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (_, { address }) => { console.log(address); socket.close(); });
  socket.send("hello", 9000, process.argv[1]);
  setTimeout(() => process.exit(1), 20_000).unref();`;

let box: Box;
let ports: [string, string];
let before: string;
/** The number of names asked for so far: each is a new one, so that no cache answers. */
let names = 0;
const started: GuestProcess[] = [];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [DEFAULT, OTHER]);
  ports = [box.bus.port(DEFAULT), box.bus.port(OTHER)];
  await box.bus.offer(DEFAULT, { nameServer: true });
  await box.bus.offer(OTHER, { nameServer: true, mtu: OTHERS_MTU });
  await sh("mkdir -p /tmp/www && echo hello >/tmp/www/index.html");
  before = await box.network();
  await box.start();
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool([ports[0]]);
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
});

afterAll(async () => {
  for (const process of started) await process.stop().catch(() => {});
  await sh("nft delete table ip forwarded");
  await Promise.all([DEFAULT, OTHER].map((carrier) => box.bus.blackhole(carrier, "off")));
  await box.bus.unplugAll();
  await box.stop();
  await Promise.all([DEFAULT, OTHER].map((carrier) => box.bus.offer(carrier, {})));
});

async function sh(script: string): Promise<string> {
  const { stdout, stderr } = await box.guest.exec(["sh", "-c", script], { mayFail: true });
  return stdout + stderr;
}

async function inBackground(...command: string[]): Promise<GuestProcess> {
  const process = await box.guest.start(command);
  started.push(process);
  return process;
}

/** What a LAN client, or the gateway itself, finds for a name that nobody asked for before; empty: nothing in time. */
function lookUp(where: "client" | "gateway", name = `host-${++names}.example`): Promise<string> {
  const command =
    where === "client" ? `ip netns exec client busybox nslookup ${name} 172.17.2.1` : `getent hosts ${name}`;
  return sh(`timeout 4 ${command}`);
}

/** The address by which the internet's server knows the gateway, for one request of its own. */
async function seenAs(...options: string[]): Promise<string> {
  return sh(`curl --silent --max-time 20 ${options.join(" ")} http://${SERVER}/ip`);
}

/** A download by the gateway itself that takes half a minute if nothing comes between. */
function ownDownload(): Promise<GuestProcess> {
  const url = `http://${SERVER}/bytes/600000`;
  return inBackground(
    "curl",
    "--silent",
    "--limit-rate",
    "20000",
    "--output",
    "/dev/null",
    "--write-out",
    "%{size_download}\n",
    url,
  );
}

test("names: each operator's own name server is asked over its own link, for the LAN and for the gateway itself", async () => {
  expect(await lookUp("client")).toMatch(ANSWER);
  expect(await lookUp("gateway")).toMatch(ANSWER);
  expect(await sh("cat /run/wanherd/name-servers")).toBe(
    `server=10.64.1.1@wan${ports[0]}\nserver=10.64.2.1@wan${ports[1]}\n`,
  );
});

test("names of the internet do not lead into the LAN, and nobody on the internet is answered", async () => {
  expect(await lookUp("client", "inside.example")).not.toContain("172.17.2.77");
  for (const address of ["10.64.1.2", "10.64.2.2", "172.17.2.1"])
    expect(await sh(`timeout 4 ip netns exec internet busybox nslookup a.example ${address}`)).not.toMatch(ANSWER);
});

test("a link that falls silent costs no name an answer, before its death is noticed as well as after", async () => {
  await box.bus.blackhole(DEFAULT, "bytes");
  const found: string[] = [];
  for (let look = 0; look < 12; look++) found.push(await lookUp(look % 2 === 0 ? "client" : "gateway"));
  await box.bus.blackhole(DEFAULT, "off");
  expect(found.map((text) => ANSWER.exec(text)?.[1])).toEqual(found.map(() => String(OTHER)));
  await box.untilPool(ports);
});

test("a connection of the gateway's own goes on when another link joins and becomes the default", async () => {
  await box.bus.unplug(ports[0]);
  await box.untilPool([ports[1]]);
  expect(await seenAs()).toBe("10.64.2.2");
  const download = await ownDownload();
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool(ports);
  expect(await seenAs(), "a new one takes the new default").toBe("10.64.1.2");
  expect(await download.waitExit(90_000)).toMatchObject({ exitCode: 0 });
});

test("a connection of the gateway's own ends at once with its link, and the next one goes over another", async () => {
  const download = await ownDownload();
  await box.guest.exec(["sleep", "1"]);
  await box.bus.unplug(ports[0]);
  expect((await download.waitExit(20_000)).exitCode).not.toBe(0);
  expect(await seenAs()).toBe("10.64.2.2");
  expect(await lookUp("gateway")).toMatch(ANSWER);
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool(ports);
});

test("a socket bound to a link's address or interface uses that link", async () => {
  expect(await seenAs("--interface", "10.64.1.2")).toBe("10.64.1.2");
  expect(await seenAs("--interface", "10.64.2.2")).toBe("10.64.2.2");
  expect(await seenAs("--interface", `wan${ports[1]}`)).toBe("10.64.2.2");
});

test("what comes from the internet over the other link is answered over it: TCP, ping, UDP", async () => {
  await inBackground("busybox", "httpd", "-f", "-p", "8080", "-h", "/tmp/www");
  const udp = await inBackground("node", "-e", UDP_SERVER, "10.64.1.2", "10.64.2.2");
  await udp.waitFor(/listening\s+listening/, 60_000);
  const fromInternet = (command: string): Promise<string> => sh(`ip netns exec internet ${command}`);
  for (const address of ["10.64.1.2", "10.64.2.2"]) {
    expect(await fromInternet(`curl --silent --max-time 10 http://${address}:8080/`)).toBe("hello\n");
    expect(await fromInternet(`ping -c 1 -W 5 ${address}`)).toContain("1 received");
    expect(await fromInternet(`node -e '${UDP_CLIENT}' ${address}`)).toBe(`${address}\n`);
  }
});

test("a port forwarded into the LAN by somebody else's rules is answered over the link that it was asked at", async () => {
  await inBackground("ip", "netns", "exec", "client", "busybox", "httpd", "-f", "-p", "8081", "-h", "/tmp/www");
  await sh(
    `nft 'table ip forwarded { chain in { type nat hook prerouting priority dstnat; iifname "wan*" tcp dport 8081 dnat to 172.17.2.100; }; }'`,
  );
  for (const address of ["10.64.1.2", "10.64.2.2"])
    expect(await sh(`ip netns exec internet curl --silent --retry 5 --retry-connrefused http://${address}:8081/`)).toBe(
      "hello\n",
    );
});

test("a link that takes smaller packets has both ends of the LAN's connections send such", async () => {
  const open = box.bus.download({ connections: 6, bytes: 3_000_000, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "1"]);
  /** Largest segments that the end in this namespace sends, by the other's address and port. */
  const segments = async (namespace: string): Promise<number[]> =>
    [...(await sh(`ip netns exec ${namespace} ss -tinH state established`)).matchAll(/\bmss:(\d+)/g)].map(([, mss]) =>
      Number(mss),
    );
  const [server, client] = await Promise.all([segments("internet"), segments("client")]);
  const fits = (mss: number): boolean => mss <= OTHERS_MTU - 40;
  expect(server.filter(fits)).toHaveLength(3);
  expect(client.filter(fits)).toHaveLength(3);
  const { downloads } = await open;
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
});

test("packets that conntrack gives to no connection end none: neither what the LAN nor what the internet sent", async () => {
  /** One packet in eight is of a far place in the stream. Its sender sends again what got lost that way. */
  const astray = (namespace: string, port: string, field: string): Promise<string> =>
    sh(
      `ip netns exec ${namespace} nft 'table ip astray { chain out { type route hook output priority 0; tcp ${port} 80 ` +
        `tcp flags & (syn | rst) == 0 numgen inc mod 8 0 counter tcp ${field} set 1; }; }'`,
    );
  const astraySent = async (namespace: string): Promise<number> =>
    Number(/packets (\d+)/.exec(await sh(`ip netns exec ${namespace} nft list table ip astray`))?.[1]);
  for (const [namespace, port, field] of [
    ["client", "dport", "ackseq"],
    ["internet", "sport", "sequence"],
  ] as const) {
    expect(await astray(namespace, port, field)).toBe("");
    const { downloads } = await box.bus.download({ connections: 6, concurrency: 3, bytes: 40_000, patienceMs: 60_000 });
    expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
    expect(await astraySent(namespace)).toBeGreaterThan(6);
    await sh(`ip netns exec ${namespace} nft delete table ip astray`);
  }
});

test("killed, it leaves a box that still finds names; started again, nothing is doubled; ended, all is as it was", async () => {
  await box.agent.stop("SIGKILL");
  expect(await lookUp("gateway")).toMatch(ANSWER);
  expect(await lookUp("client")).toMatch(ANSWER);
  await box.start();
  await box.untilPool(ports);
  expect(await box.processes("dnsmasq", "/run/wanherd/")).toHaveLength(1);
  expect(await lookUp("client")).toMatch(ANSWER);
  for (const process of started.splice(0)) await process.stop().catch(() => {});
  await sh("nft delete table ip forwarded");
  await box.stop();
  expect(await box.network()).toBe(before);
  expect(await box.processes("dnsmasq", "/run/wanherd/")).toEqual([]);
});

test("a name server that is there already keeps its port and all else goes on; without it ours answers", async () => {
  await box.bus.unplugAll();
  const other = await inBackground(
    ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=/run/other.pid"],
    ...["--no-resolv", "--no-hosts", "--address=/example/192.88.99.9", "--local=/example/"],
  );
  await box.guest.exec(["sleep", "1"]);
  const agent = await box.start();
  await agent.waitFor(/another name server has port 53.*stop and disable the other program/);
  await box.bus.plug(ports[0], plainModem());
  await box.untilPool([ports[0]]);
  expect(await lookUp("client")).toContain("192.88.99.9");
  expect(await sh("node /wanherd/dist/wanherd.js doctor")).toMatch(/another name server/);
  await other.stop();
});
