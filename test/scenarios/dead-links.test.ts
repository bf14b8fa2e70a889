import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import type { GuestProcess } from "../bus/guest/guest-process.ts";

/** What is asked for is 6 s; an emulated computer adds the start of its programs. */
const NOTICED_MS = 9_000;
const DEAD = 1;
const FINE = 2;

let box: Box;
let ports: [string, string];
const measured: string[] = [];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [DEAD, FINE]);
  ports = [box.bus.port(1), box.bus.port(2)];
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.shape(carrier, { rateKbytes: 100, delayMs: 30 })));
  await box.start();
  await box.bus.plug(ports[0], zteMf102());
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
});

beforeEach(() => box.untilPool(ports));

afterAll(async () => {
  console.info(measured.join("\n"));
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.blackhole(carrier, "off")));
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.shape(carrier, {})));
  await box.bus.unplugAll();
  await box.stop();
});

/** When the rule set first changed after `sinceMs`, by the kernel's own word. */
async function ruleSetChange(sinceMs: number): Promise<number> {
  for (let look = 0; look < 200; look++) {
    const { events } = await box.bus.events(sinceMs);
    const change = events.find(({ source }) => source === "nft");
    if (change !== undefined) return change.atMs;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("the rule set did not change within a minute");
}

async function nowMs(): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

/** One line per look at what came in through the doomed link: the kernel's time in seconds, and bytes. */
function followReceived(): Promise<GuestProcess> {
  const counter = `/sys/class/net/wan${ports[0]}/statistics/rx_bytes`;
  const loop = `while read up rest </proc/uptime && read rx <${counter}; do echo $up $rx; sleep 0.2; done`;
  return box.guest.start(["sh", "-c", loop]);
}

/** When the last byte came in, as followReceived saw it; lines of other kinds come when the interface goes. */
function lastByteMs(output: string): number {
  const looks = [...output.matchAll(/^(\d+\.\d+) (\d+)$/gm)];
  const last = looks.findLast(([, , bytes], index) => bytes !== looks[index - 1]?.[2]);
  return Number(last?.[1]) * 1_000;
}

/** Makes the carrier fall silent; answers when the dead link has left the pool: since then, and since its last byte. */
async function untilNoticed(what: string, mode: "packets" | "bytes"): Promise<{ sinceMs: number; tookMs: number }> {
  const received = await followReceived();
  const sinceMs = await nowMs();
  await box.bus.blackhole(DEAD, mode);
  const changedMs = await ruleSetChange(sinceMs);
  await received.stop();
  const tookMs = changedMs - lastByteMs(await received.output());
  const carrierMs = changedMs - sinceMs;
  measured.push(`${what}: ${tookMs.toFixed(0)} ms after the last byte, ${carrierMs.toFixed(0)} ms after the order`);
  await box.until("the dead link is out", ({ uplinks }) => uplinks.map(({ port }) => port).join() === ports[1]);
  return { sinceMs, tookMs };
}

/** A link that has just come up is asked after 2 s; that is over then, and nothing is due for half a minute. */
function untilIdle(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 6_000));
}

/** How often this port has dialled since then. */
async function dials(port: string, sinceMs: number): Promise<number> {
  const log = await box.bus.log(port, sinceMs);
  return log.filter(({ text }) => /ATD/.test(text)).length;
}

test("an idle link that is fine stays up: nothing is redialled in 40 s", async () => {
  const sinceMs = await nowMs();
  await new Promise((resolve) => setTimeout(resolve, 40_000));
  expect((await box.status()).uplinks).toHaveLength(2);
  expect(await Promise.all(ports.map((port) => dials(port, sinceMs)))).toEqual([0, 0]);
});

test("a link whose packets vanish in mid-download leaves the pool, is redialled, and costs the other link nothing", async () => {
  const open = box.bus.download({ connections: 6, bytes: 600_000, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "3"]);
  const { sinceMs, tookMs } = await untilNoticed("packets vanish, LCP answers, in use", "packets");
  expect(tookMs).toBeLessThan(NOTICED_MS);
  await box.bus.blackhole(DEAD, "off");
  const { downloads } = await open;
  const throughFine = downloads.filter(({ via }) => via === `10.64.${FINE}.2`);
  expect(throughFine.length).toBeGreaterThanOrEqual(3);
  expect(throughFine.filter(({ complete }) => !complete)).toEqual([]);
  await box.untilPool(ports);
  expect(await dials(ports[0], sinceMs)).toBeGreaterThan(0);
  expect(await dials(ports[1], sinceMs)).toBe(0);
});

test("a stick whose firmware hangs, LCP and all, is noticed as soon even when nobody uses its link", async () => {
  await untilIdle();
  const { sinceMs } = await untilNoticed("every byte vanishes, idle", "bytes");
  expect((await ruleSetChange(sinceMs)) - sinceMs).toBeLessThan(NOTICED_MS);
  await box.bus.blackhole(DEAD, "off");
  await box.untilPool(ports);
  expect(await dials(ports[0], sinceMs)).toBeGreaterThan(0);
});

test("an idle link whose packets vanish is noticed by the next probe, without anybody's use", async () => {
  await untilIdle();
  const { sinceMs } = await untilNoticed("packets vanish, LCP answers, idle", "packets");
  expect((await ruleSetChange(sinceMs)) - sinceMs).toBeLessThan(39_000);
  await box.bus.blackhole(DEAD, "off");
  await box.untilPool(ports);
});

test("the next packet through an idle link that died is enough to notice it", async () => {
  await untilIdle();
  await box.bus.blackhole(DEAD, "packets");
  const sinceMs = await nowMs();
  const { downloads } = await box.bus.download({ connections: 4, bytes: 1_000, patienceMs: 20_000 });
  const tookMs = (await ruleSetChange(sinceMs)) - sinceMs;
  measured.push(`packets vanish, LCP answers, first packet after it: ${tookMs.toFixed(0)} ms`);
  expect(tookMs).toBeLessThan(NOTICED_MS);
  expect(downloads.filter(({ complete }) => complete).length).toBeGreaterThanOrEqual(2);
  await box.bus.blackhole(DEAD, "off");
  await box.untilPool(ports);
});

test("what happened is told in words", async () => {
  const events = ["events", "--json", "--port", ports[0]];
  const { stdout } = await box.guest.exec(["node", "/wanherd/dist/wanherd.js", ...events]);
  expect(stdout).toMatch(/nothing came in through wan\S+ for \d+ s, and \d probes were not answered/);
  expect(stdout).toMatch(/the modem's own PPP no longer answers/);
});
