import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** What is asked for is 6 s; an emulated computer adds the start of its programs. */
const NOTICED_MS = 9_000;
const DEAD = 1;
const FINE = 2;

let box: Box;
let ports: [string, string];
let noticeLines: string[];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [DEAD, FINE]);
  ports = [box.bus.port(1), box.bus.port(2)];
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.shape(carrier, { rateKbytes: 100, delayMs: 30 })));
  await box.start();
  await box.bus.plug(ports[0], zteMf102());
  await box.bus.plug(ports[1], plainModem());
  await box.untilPool(ports);
  noticeLines = [];
});

beforeEach(() => box.untilPool(ports));

afterAll(async () => {
  console.info(noticeLines.join("\n"));
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.blackhole(carrier, "off")));
  await Promise.all([DEAD, FINE].map((carrier) => box.bus.shape(carrier, {})));
  await box.bus.unplugAll();
  await box.stop();
});

/** When the rule set first changed after `sinceMs`, by the kernel's own word. */
async function ruleSetChange(sinceMs: number): Promise<number> {
  for (let look = 0; look < 100; look++) {
    const { events } = await box.bus.events(sinceMs);
    const change = events.find(({ source }) => source === "nft");
    if (change !== undefined) return change.atMs;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("the rule set did not change within 30 s");
}

async function nowMs(): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

/** The time just before the carrier fell silent. */
async function silence(mode: "packets" | "bytes"): Promise<number> {
  const sinceMs = await nowMs();
  await box.bus.blackhole(DEAD, mode);
  return sinceMs;
}

async function expectNoticed(what: string, sinceMs: number): Promise<void> {
  const tookMs = (await ruleSetChange(sinceMs)) - sinceMs;
  noticeLines.push(`${what}: out of the pool ${tookMs.toFixed(0)} ms after the last byte`);
  expect(tookMs).toBeLessThan(NOTICED_MS);
  await box.until("the dead link is out", ({ uplinks }) => uplinks.map(({ port }) => port).join() === ports[1]);
}

/** How often each port has dialled since then. */
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
  const sinceMs = await silence("packets");
  await expectNoticed("packets vanish, LCP answers, in use", sinceMs);
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
  const sinceMs = await silence("bytes");
  await expectNoticed("every byte vanishes, idle", sinceMs);
  await box.bus.blackhole(DEAD, "off");
  await box.untilPool(ports);
  expect(await dials(ports[0], sinceMs)).toBeGreaterThan(0);
});

test("an idle link whose packets vanish is noticed by the next probe, without anybody's use", async () => {
  const sinceMs = await silence("packets");
  const tookMs = (await ruleSetChange(sinceMs)) - sinceMs;
  noticeLines.push(`packets vanish, idle: out of the pool after ${tookMs.toFixed(0)} ms`);
  expect(tookMs).toBeLessThan(39_000);
  await box.bus.blackhole(DEAD, "off");
  await box.untilPool(ports);
});

test("what happened is told in words", async () => {
  const { stdout } = await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "events", "--port", ports[0]]);
  expect(stdout).toMatch(/nothing came in through wan\S+ for \d+ s, and \d probes were not answered/);
  expect(stdout).toMatch(/the modem's own PPP no longer answers/);
});
