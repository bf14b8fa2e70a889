import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const FOREIGN = "table ip theirs { chain c { counter; }; }\n";
const PROTOCOL = "119";

let box: Box;
let ports: [string, string];
/** Everything of ours in the kernel, as it was at first. */
let wanted: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  ports = [box.bus.port(1), box.bus.port(2)];
  await box.start();
  for (const port of ports) await box.bus.plug(port, plainModem());
  for (const carrier of [1, 2]) await box.bus.shape(carrier, { rateKbytes: 60, delayMs: 30 });
  await box.untilPool(ports);
  wanted = await ours();
});

afterAll(async () => {
  await box.bus.unplugAll();
  for (const carrier of [1, 2]) await box.bus.shape(carrier, {});
  await box.stop();
});

// A hand that asks: what was mended in the test before no longer counts towards giving way.
beforeEach(async () => {
  const url = "http://localhost/v1/verify";
  await box.guest.exec(["curl", "-s", "-X", "POST", "--unix-socket", "/run/wanherd/agent.sock", url], {
    mayFail: true,
  });
});

/** What is ours in the kernel. */
async function ours(): Promise<string> {
  const script = [
    "nft -s list table inet wanherd",
    `ip -4 rule show | grep -F 'proto ${PROTOCOL}'`,
    `ip -4 route show table all proto ${PROTOCOL} | sort`,
    "sysctl net.ipv4.ip_forward net.ipv4.conf.wan1-1.rp_filter net.ipv4.conf.wan1-2.rp_filter",
  ].join("; ");
  return (await box.guest.exec(["sh", "-c", script], { mayFail: true })).stdout;
}

/** The journal's entries of the network that say that something was changed, by their number. */
async function told(): Promise<readonly string[]> {
  const url = "http://localhost/v1/events";
  const { stdout } = await box.guest.exec(["curl", "-s", "--unix-socket", "/run/wanherd/agent.sock", url]);
  return stdout
    .split("\n")
    .filter((line) => line.includes("somebody changed what is ours"))
    .map((line) => (JSON.parse(line) as { text: string }).text);
}

/** Waits until the kernel holds what it did at first; without any other change of the pool. */
async function untilMended(): Promise<void> {
  const end = Date.now() + 20_000;
  while ((await ours()) !== wanted) {
    if (Date.now() > end) expect(await ours(), "mended within 20 s").toBe(wanted);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test.each([
  ["flushes every table", "nft flush ruleset", /the table is missing/],
  ["deletes our table", "nft delete table inet wanherd", /the table is missing/],
  ["flushes one chain", "nft flush chain inet wanherd postrouting", /chain postrouting was changed/],
  ["adds a rule to our table", "nft add rule inet wanherd forward drop", /chain forward was changed/],
  ["flushes our rules", `ip rule flush protocol ${PROTOCOL}`, /rule from .* is missing/],
  [
    "deletes a link's routes",
    `ip route flush table 27002 proto ${PROTOCOL}`,
    /route default .* table 27002 .* missing/,
  ],
  ["switches forwarding off", "sysctl -q -w net.ipv4.ip_forward=0", /ip_forward is 0 instead of 1/],
  ["switches source checks on", "sysctl -q -w net.ipv4.conf.wan1-2.rp_filter=1", /rp_filter is 1 instead of 2/],
])("somebody %s under running downloads: it is mended and told, and no download is lost", async (_, command, words) => {
  const before = (await told()).length;
  const open = box.bus.download({ connections: 8, bytes: 100_000, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "2"]);
  await box.guest.exec(["sh", "-c", command]);
  await untilMended();
  const { downloads } = await open;
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect((await told()).slice(before).join("\n")).toMatch(words);
});

test("an interface that went down and came up has its routes again", async () => {
  await box.guest.exec(["sh", "-c", "ip link set wan1-2 down; ip link set wan1-2 up"]);
  await untilMended();
});

test("what others lose or have is no business of ours", async () => {
  await box.guest.exec(["nft", "-f", "-"], { stdin: FOREIGN });
  const before = (await told()).length;
  await box.guest.exec(["nft", "delete", "table", "ip", "theirs"]);
  await box.guest.exec(["sh", "-c", "ip rule add from 203.0.113.9 lookup 99 pref 500; ip rule del pref 500"]);
  expect(await verify()).toEqual({ code: 0, drift: [] });
  expect((await told()).length).toBe(before);
});

test("status --verify ends with 1 and says what had drifted, and with 0 when nothing has", async () => {
  // Nobody tells the agent of this one: it is deaf while its monitors stand still.
  await stopMonitors("STOP");
  await box.guest.exec(["nft", "flush", "ruleset"]);
  const found = await verify();
  await stopMonitors("CONT");
  expect(found).toEqual({ code: 1, drift: ["table inet wanherd: the table is missing"] });
  await untilMended();
  expect(await verify()).toEqual({ code: 0, drift: [] });
});

test("the agent ends and nothing of it is left, its guard neither", async () => {
  await box.stop();
  const { stdout } = await box.guest.exec(["nft", "list", "tables"]);
  expect(stdout).not.toContain("wanherd");
  expect(await box.processes("nft", "monitor")).toHaveLength(1);
  expect(await box.processes("ip", "monitor")).toEqual([]);
});

async function verify(): Promise<{ code: number | null; drift: readonly string[] }> {
  const wanherd = ["node", "/wanherd/dist/wanherd.js", "status", "--verify", "--json"];
  const { stdout, exitCode } = await box.guest.exec(wanherd, { mayFail: true });
  const { verification } = JSON.parse(stdout) as { verification: { drift: readonly string[] } };
  return { code: exitCode, drift: verification.drift };
}

async function stopMonitors(signal: "STOP" | "CONT"): Promise<void> {
  const processes = await box.guest.processes();
  const monitors = processes.filter(({ parent, argv }) => parent === box.agent.pid && argv.includes("monitor"));
  for (const { pid } of monitors) await box.guest.exec(["kill", `-${signal}`, String(pid)]);
}
