import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import type { Download } from "../bus/carriers/client-job.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const PORTS = [1, 2];
const MARKED = "proto 119";

let box: Box;
/** Everything of ours in the kernel, as it was at first. */
let wanted: string;
/** Downloads of the LAN's client, one round after the other, until told to stop. */
let downloads: { readonly all: Promise<readonly Download[]>; stop(): void };

beforeAll(async () => {
  box = await Box.install(await connectGuest(), PORTS);
  // Weights that follow what links carry would change the pool in the middle of it.
  await box.configure("modems: { defaults: { weight: 1 } }\n");
  await box.start();
  const ports = PORTS.map((number) => box.bus.port(number));
  for (const carrier of PORTS) await box.bus.shape(carrier, { rateKbytes: 30, delayMs: 30 });
  await Promise.all(ports.map((port) => box.bus.plug(port, plainModem())));
  await box.untilPool(ports);
  wanted = await ours();
  downloads = keepDownloading();
});

afterAll(async () => {
  downloads?.stop();
  await downloads?.all;
  await box.bus.unplugAll();
  for (const carrier of PORTS) await box.bus.shape(carrier, {});
  await box.stop();
  await box.unconfigure();
});

function keepDownloading(): typeof downloads {
  let isOver = false;
  const rounds = async (): Promise<readonly Download[]> => {
    const all: Download[] = [];
    while (!isOver)
      all.push(...(await box.bus.download({ connections: 4, bytes: 60_000, patienceMs: 30_000 })).downloads);
    return all;
  };
  return {
    all: rounds(),
    stop: () => {
      isOver = true;
    },
  };
}

async function ours(): Promise<string> {
  const script = [
    "nft -s list table inet wanherd",
    `ip -4 rule show | grep -F '${MARKED}'`,
    `ip -4 route show table all ${MARKED} | sort`,
    "sysctl net.ipv4.ip_forward net.ipv4.conf.wan1-1.rp_filter net.ipv4.conf.wan1-2.rp_filter",
  ].join("; ");
  return (await box.guest.exec(["sh", "-c", script], { mayFail: true })).stdout;
}

/** What the journal has of changes that somebody made. */
async function told(): Promise<readonly string[]> {
  return (await box.bus.askAgent("GET", "events"))
    .split("\n")
    .filter((line) => line.includes("somebody changed what is ours"))
    .map((line) => (JSON.parse(line) as { text: string }).text);
}

/** Waits until the kernel holds what it did at first. */
async function untilMended(): Promise<void> {
  const end = Date.now() + 20_000;
  while ((await ours()) !== wanted) {
    if (Date.now() > end) expect(await ours(), "mended within 20 s").toBe(wanted);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function status(...options: readonly string[]): Promise<{ code: number | null; text: string }> {
  const wanherd = ["node", "/wanherd/dist/wanherd.js", "status", ...options];
  const { stdout, exitCode } = await box.guest.exec(wanherd, { mayFail: true });
  return { code: exitCode, text: stdout };
}

async function somebody(command: string, words: RegExp): Promise<void> {
  const before = (await told()).length;
  await box.guest.exec(["sh", "-c", command]);
  await untilMended();
  expect((await told()).slice(before).join("\n")).toMatch(words);
}

test.each([
  ["flushes every table", "nft flush ruleset", /the table is missing/],
  ["adds a rule to our table", "nft add rule inet wanherd forward drop", /chain forward was changed/],
  ["flushes our rules", "ip rule flush protocol 119", /rule from .* is missing/],
])("somebody %s: it is mended and told", (_, command, words) => somebody(command, words));

test("what others have and lose is no business of ours: status --verify ends with 0", async () => {
  const before = (await told()).length;
  await box.guest.exec(["nft", "-f", "-"], { stdin: "table ip theirs { chain c { counter; }; }\n" });
  await box.guest.exec(["sh", "-c", "ip rule add from 203.0.113.9 lookup 99 pref 500"]);
  const { code, text } = await status("--verify", "--json");
  expect([code, (JSON.parse(text) as { verification: unknown }).verification]).toEqual([
    0,
    { drift: [], mended: true },
  ]);
  const { stdout } = await box.guest.exec(["sh", "-c", "nft list table ip theirs; ip rule show pref 500"]);
  expect(stdout).toMatch(/chain c \{[\s\S]*from 203\.0\.113\.9/);
  await box.guest.exec(["sh", "-c", "nft delete table ip theirs; ip rule del pref 500"]);
  expect(await told()).toHaveLength(before);
});

test.each([
  ["deletes a link's routes", `ip route flush table 27002 ${MARKED}`, /route default .* table 27002 .* missing/],
  ["switches forwarding off", "sysctl -q -w net.ipv4.ip_forward=0", /ip_forward is 0 instead of 1/],
  ["switches source checks on", "sysctl -q -w net.ipv4.conf.wan1-2.rp_filter=1", /rp_filter is 1 instead of 2/],
])("somebody %s: it is mended and told", (_, command, words) => somebody(command, words));

test("status --verify says what was not as wanted when nobody noticed it, mends it, and ends with 1", async () => {
  // Deaf to what others change while its monitors stand still.
  await signalMonitors("STOP");
  // A look that was still due after the last repair would notice it.
  await status("--verify");
  await box.guest.exec(["nft", "flush", "ruleset"]);
  const { code, text } = await status("--verify");
  await signalMonitors("CONT");
  expect(code).toBe(1);
  expect(text).toMatch(/did not hold what it should:\s+table inet wanherd: the table is missing\s+It is mended\./);
  expect(await ours()).toBe(wanted);
});

test("no download was lost by any of that", async () => {
  downloads.stop();
  const all = await downloads.all;
  expect(new Set(all.map(({ via }) => via)).size).toBe(PORTS.length);
  expect(all.filter(({ complete }) => !complete)).toEqual([]);
});

test("an interface that went down and came up has its routes again", async () => {
  await box.guest.exec(["sh", "-c", "ip link set wan1-2 down; ip link set wan1-2 up"]);
  await untilMended();
});

test("the agent ends and nothing of it is left, its guard neither", async () => {
  await box.stop();
  const { stdout } = await box.guest.exec(["nft", "list", "tables"]);
  expect(stdout).not.toContain("wanherd");
  expect(await box.processes("nft", "-i")).toEqual([]);
  // The bus records what nft says too.
  expect(await box.processes("nft", "monitor")).toHaveLength(1);
  expect(await box.processes("ip", "monitor")).toEqual([]);
});

async function signalMonitors(signal: "STOP" | "CONT"): Promise<void> {
  const processes = await box.guest.processes();
  const monitors = processes.filter(({ parent, argv }) => parent === box.agent.pid && argv.includes("monitor"));
  for (const { pid } of monitors) await box.guest.exec(["kill", `-${signal}`, String(pid)]);
}
