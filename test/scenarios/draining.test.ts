import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import type { ClientResult } from "../bus/carriers/client-job.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

/** Long enough to outlast every wait of a test, short enough that a test which waits for its end fails by it. */
const CONFIG = "balancer: { drainSeconds: 600 }\n";
const RATE_KBYTES = 40;
/** Some 25 s of a link's time. */
const SLOW_BYTES = 25 * RATE_KBYTES * 1_000;

let box: Box;
/** The one that is switched off, and the one that goes on. */
let leaving: string;
let staying: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  [leaving, staying] = [box.bus.port(1), box.bus.port(2)];
  await box.configure(CONFIG);
  await box.bus.plug(leaving, zteMf102());
  await box.bus.plug(staying, plainModem());
  await box.start();
  await box.untilPool([leaving, staying]);
  for (const carrier of [1, 2]) await box.bus.shape(carrier, { rateKbytes: RATE_KBYTES });
});

afterEach(async () => {
  await box.bus.act(leaving, "enable");
  await box.untilPool([leaving, staying]);
});

afterAll(async () => {
  for (const carrier of [1, 2]) await box.bus.shape(carrier, {});
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

/** One slow download over each link, under way. */
async function slowDownloads(patienceMs: number): Promise<{ ended: Promise<ClientResult> }> {
  const ended = box.bus.download({ connections: 2, bytes: SLOW_BYTES, patienceMs });
  await box.guest.exec(["sleep", "2"]);
  return { ended };
}

async function untilDraining(connections: number): Promise<void> {
  await box.until(`${leaving} waits for ${connections} connections`, ({ ports, uplinks }) => {
    const port = ports.find((each) => each.port === leaving);
    const isShown =
      port?.state === "draining" && new RegExp(`for ${connections} connections? to end`).test(port.reason ?? "");
    return isShown && uplinks.some((link) => link.port === leaving && link.health === "draining" && link.weight === 0);
  });
}

/** Of the pppd processes. */
async function pids(): Promise<readonly number[]> {
  const processes = await box.guest.processes();
  return processes.filter(({ argv }) => argv[0]?.endsWith("pppd")).map(({ pid }) => pid);
}

function over(carrier: number, { downloads }: ClientResult): ClientResult["downloads"] {
  return downloads.filter(({ via }) => via === `10.64.${carrier}.2`);
}

test("a download over a link that is switched off completes, others go elsewhere, and then its pppd is gone", async () => {
  const { ended } = await slowDownloads(60_000);
  await box.bus.act(leaving, "disable");
  await untilDraining(1);
  await box.bus.counts({ reset: true });
  await box.bus.download({ connections: 10, bytes: 1_000 });
  expect(await box.bus.counts()).toEqual({ "10.64.2.2": 10 });
  expect((await box.port(leaving))?.state).toBe("draining");
  const result = await ended;
  expect(over(1, result).map(({ complete }) => complete)).toEqual([true]);
  expect(over(2, result).map(({ complete }) => complete)).toEqual([true]);
  await box.untilState(leaving, "disabled");
  await box.untilPool([staying]);
  expect(await box.processes("pppd", `wanherd-${leaving}`)).toEqual([]);
  expect(await box.processes("conntrack")).toEqual([]);
});

test("a second word to disable it cuts what is still open, and nothing of the other link's", async () => {
  const { ended } = await slowDownloads(20_000);
  await box.bus.act(leaving, "disable");
  await untilDraining(1);
  await box.bus.act(leaving, "disable");
  await box.untilState(leaving, "disabled");
  const result = await ended;
  expect(over(1, result).map(({ complete }) => complete)).toEqual([false]);
  expect(over(2, result).map(({ complete }) => complete)).toEqual([true]);
});

test("one that is enabled again in time keeps its download and gets new connections, without a redial", async () => {
  const pppd = await pids();
  const { ended } = await slowDownloads(60_000);
  await box.bus.act(leaving, "disable");
  await untilDraining(1);
  await box.bus.act(leaving, "enable");
  await box.untilPool([leaving, staying]);
  await box.bus.counts({ reset: true });
  await box.bus.download({ connections: 10, bytes: 1_000 });
  expect(await box.bus.counts()).toEqual({ "10.64.1.2": 5, "10.64.2.2": 5 });
  expect((await ended).downloads.map(({ complete }) => complete)).toEqual([true, true]);
  expect(await pids()).toEqual(pppd);
});
