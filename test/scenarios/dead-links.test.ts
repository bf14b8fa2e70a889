import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** A bound against hangs: how long it takes is measured by the bench. What is asked for is 6 s. */
const NOTICED_MS = 20_000;
/** The longest that an idle link is not asked, and then NOTICED_MS. */
const NOTICED_IDLE_MS = 32_000 + NOTICED_MS;
const SHAPE = { rateKbytes: 100, delayMs: 30 };
const SERVER = "http://198.51.100.1/";
const [HUNG, DEAD, LOSSY, FINE] = [1, 2, 3, 4];
const CARRIERS = [HUNG, DEAD, LOSSY, FINE];

let box: Box;
let begunMs: number;
const measured: string[] = [];
const port = (carrier: number): string => box.bus.port(carrier);

beforeAll(async () => {
  box = await Box.install(await connectGuest(), CARRIERS);
  await Promise.all(CARRIERS.map((carrier) => box.bus.shape(carrier, SHAPE)));
  await box.start();
  for (const carrier of CARRIERS) await box.bus.plug(port(carrier), carrier === HUNG ? zteMf102() : plainModem());
  await box.untilPool(CARRIERS.map(port));
  begunMs = await nowMs();
});

afterAll(async () => {
  console.info(measured.join("\n"));
  await Promise.all(CARRIERS.map((carrier) => box.bus.blackhole(carrier, "off")));
  await Promise.all(CARRIERS.map((carrier) => box.bus.shape(carrier, {})));
  await box.bus.unplugAll();
  await box.stop();
});

async function nowMs(): Promise<number> {
  return Number(await box.guest.now()) / 1e6;
}

/** Waits until this carrier's link is in the pool with this health, or `out` of it; answers how long that took. */
async function until(carrier: number, health: string, timeoutMs: number): Promise<number> {
  const sinceMs = await nowMs();
  await box.until(
    `the link of ${port(carrier)} is ${health}`,
    ({ uplinks }) => (uplinks.find((link) => link.port === port(carrier))?.health ?? "out") === health,
    timeoutMs,
  );
  const tookMs = (await nowMs()) - sinceMs;
  measured.push(`carrier ${carrier}: ${health} after ${tookMs.toFixed(0)} ms`);
  return tookMs;
}

async function weight(carrier: number): Promise<number | undefined> {
  return (await box.status()).uplinks.find((link) => link.port === port(carrier))?.weight;
}

/** A link that has just come up is asked soon; that is over then, and nothing is due for half a minute. */
function untilIdle(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 6_000));
}

/** How often the modem of this carrier has dialled since then. */
async function dials(carrier: number, sinceMs: number): Promise<number> {
  const log = await box.bus.log(port(carrier), sinceMs);
  return log.filter(({ text }) => /ATD/.test(text)).length;
}

/** Sends something through this carrier's link, whatever comes of it. */
async function use(carrier: number): Promise<void> {
  const words = ["curl", "-s", "-o", "/dev/null", "--max-time", "2", "--interface", `10.64.${carrier}.2`, SERVER];
  await box.guest.exec(words, { mayFail: true });
}

test("a link whose packets vanish in mid-download leaves the pool, and costs the others nothing; dialled anew it gets no new connections until it carries data again", async () => {
  const sinceMs = await nowMs();
  const open = box.bus.download({ connections: 8, bytes: 600_000, patienceMs: 40_000 });
  await box.guest.exec(["sleep", "3"]);
  await box.bus.blackhole(DEAD, "packets");
  expect(await until(DEAD, "out", 30_000)).toBeLessThan(NOTICED_MS);
  await until(DEAD, "probation", 30_000);
  expect(await weight(DEAD)).toBe(0);
  const { downloads: later } = await box.bus.download({ connections: 6, bytes: 1_000, patienceMs: 20_000 });
  expect(later.filter(({ complete }) => complete)).toHaveLength(6);
  await box.bus.blackhole(DEAD, "off");
  await until(DEAD, "good", 40_000);
  expect(await dials(DEAD, sinceMs)).toBe(1);
  const { downloads } = await open;
  const throughOthers = downloads.filter(({ via }) => via !== `10.64.${DEAD}.2`);
  expect(throughOthers.length).toBeGreaterThanOrEqual(3);
  expect(throughOthers.filter(({ complete }) => !complete)).toEqual([]);
});

describe.concurrent("side by side", () => {
  test("a stick whose firmware hangs, LCP and all, is noticed as soon even when nobody uses its link; so is a death by the next packet", async () => {
    await untilIdle();
    const sinceMs = await nowMs();
    await box.bus.blackhole(HUNG, "bytes");
    expect(await until(HUNG, "out", 30_000)).toBeLessThan(NOTICED_MS);
    await box.bus.blackhole(HUNG, "off");
    await until(HUNG, "good", 60_000);
    expect(await dials(HUNG, sinceMs)).toBeGreaterThan(0);
    await untilIdle();
    await box.bus.blackhole(HUNG, "packets");
    const [tookMs] = await Promise.all([until(HUNG, "out", 30_000), use(HUNG)]);
    expect(tookMs).toBeLessThan(NOTICED_MS);
    await box.bus.blackhole(HUNG, "off");
  });

  test("an idle link whose packets vanish is noticed by the next probe, without anybody's use", async () => {
    await untilIdle();
    await box.bus.blackhole(DEAD, "packets");
    expect(await until(DEAD, "out", 60_000)).toBeLessThan(NOTICED_IDLE_MS);
    await box.bus.blackhole(DEAD, "off");
  });

  test("a link that loses packets becomes suspect and gets no new connections, and is well again when it loses none", async () => {
    await box.bus.shape(LOSSY, { ...SHAPE, lossPercent: 30 });
    let isSuspect = false;
    const using = (async () => {
      while (!isSuspect) await use(LOSSY);
    })();
    await until(LOSSY, "suspect", 200_000).finally(() => {
      isSuspect = true;
    });
    await using;
    expect(await weight(LOSSY)).toBe(0);
    const { reason, state } = (await box.port(port(LOSSY))) ?? {};
    expect(state).toBe("online");
    expect(reason).toMatch(/\d+ of the last \d+ questions were not answered within 2000 ms \(\d+ %\)/);
    await box.bus.shape(LOSSY, SHAPE);
    await until(LOSSY, "good", 60_000);
  }, 300_000);
});

test("a link that is fine has never been dialled anew", async () => {
  expect(await dials(FINE, begunMs)).toBe(0);
});

test("what happened is told in words", async () => {
  const told = async (carrier: number): Promise<string> => {
    const words = ["events", "--json", "--port", port(carrier)];
    return (await box.guest.exec(["node", "/wanherd/dist/wanherd.js", ...words])).stdout;
  };
  expect(await told(DEAD)).toMatch(/nothing came in through wan\S+ for \d+ s, and \d probes were not answered/);
  expect(await told(HUNG)).toMatch(/the modem's own PPP no longer answers/);
  expect(await told(LOSSY)).toMatch(/does badly: \d+ of the last \d+ questions/);
});
