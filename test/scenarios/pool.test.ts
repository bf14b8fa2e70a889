import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/inspector/types.ts";
import { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const WEIGHTS = "modems:\n  defaults: { weight: 1 }\n  '%1': { weight: 3 }\n";
const CONNECTIONS = 300;

let box: Box;
let ports: [string, string, string];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3]);
  ports = [box.bus.port(1), box.bus.port(2), box.bus.port(3)];
  await box.configure(WEIGHTS.replace("%1", ports[0]));
  // In storage mode, and there before the agent.
  await box.bus.plug(ports[0], zteMf102());
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

/** Shares in percent by the client address that the internet saw; carrier n gives 10.64.n.2. */
async function sharesOf(connections: number): Promise<Record<string, number>> {
  await box.bus.counts({ reset: true });
  const { downloads } = await box.bus.download({ connections, concurrency: 20, bytes: 1_000 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  const counts = await box.bus.counts();
  return Object.fromEntries(Object.entries(counts).map(([address, count]) => [address, (100 * count) / connections]));
}

async function expectSplitByWeight(): Promise<void> {
  const shares = await sharesOf(CONNECTIONS);
  expect(Object.keys(shares).sort()).toEqual(["10.64.1.2", "10.64.2.2", "10.64.3.2"]);
  for (const [address, wanted] of [
    ["10.64.1.2", 60],
    ["10.64.2.2", 20],
    ["10.64.3.2", 20],
  ] as const) {
    expect(Math.abs((shares[address] ?? 0) - wanted), `${address} has ${shares[address]} %`).toBeLessThanOrEqual(5);
  }
  const strays = (await box.bus.paths()).filter(({ interfaces }) => interfaces.length !== 1);
  expect(strays, "connections whose packets came by more than one link").toEqual([]);
}

test("three modems, one of them plugged in before the agent's start, share 300 connections by weight", async () => {
  await box.untilPool([ports[0]]);
  await box.bus.plug(ports[1], huaweiE367());
  await box.bus.plug(ports[2], plainModem());
  const { ports: seen } = await box.untilPool(ports);
  expect(seen.map(({ port, state, usbId }) => [port, state, usbId])).toEqual([
    [ports[0], "online", "19d2:0031"],
    [ports[1], "online", "12d1:1506"],
    [ports[2], "online", "2c7c:0125"],
  ]);
  await expectSplitByWeight();
});

test("a stick pulled under load costs the others' open downloads not one byte, and nothing of it is left", async () => {
  const open = box.bus.download({ connections: 10, bytes: 400_000, patienceMs: 30_000 });
  await box.guest.exec(["sleep", "2"]);
  await box.bus.unplug(ports[1]);
  await box.untilPool([ports[0], ports[2]]);
  const { downloads } = await open;
  const byCarrier = (id: number) => downloads.filter(({ via }) => via === `10.64.${id}.2`);
  expect(byCarrier(1).length).toBeGreaterThan(0);
  expect(byCarrier(3).length).toBeGreaterThan(0);
  expect([...byCarrier(1), ...byCarrier(3)].filter(({ complete }) => !complete)).toEqual([]);
  await box.untilState(ports[1], "empty");
  await box.untilNothingLeft([ports[1]]);
  // New connections take the links that are left.
  const shares = await sharesOf(40);
  expect(Object.keys(shares).sort()).toEqual(["10.64.1.2", "10.64.3.2"]);
});

test("another model swapped into a port goes online there, and the split is by weight again", async () => {
  await box.bus.plug(ports[1], plainModem({ variant: "acm" }));
  await box.untilPool(ports);
  await box.bus.swap(ports[1], zteMf102());
  await box.until(
    `another stick is online in ${ports[1]}`,
    (status) =>
      status.ports.some(({ port, usbId, state }) => port === ports[1] && usbId === "19d2:0031" && state === "online"),
    90_000,
  );
  await box.untilPool(ports);
  await expectSplitByWeight();
});

test("three sticks that arrive in the same instant are all online, and share by weight", async () => {
  await box.bus.unplugAll();
  await box.untilPool([]);
  await Promise.all([
    box.bus.plug(ports[0], zteMf102()),
    box.bus.plug(ports[1], huaweiE367({ subclass: 2 })),
    box.bus.plug(ports[2], plainModem({ variant: "singlePort" })),
  ]);
  await box.untilPool(ports, 120_000);
  await expectSplitByWeight();
});

test("a config with a mistake is refused with its line, and the weights in force stay", async () => {
  await box.configure("modems:\n  defaults: { weight: heavy }\n");
  await box.agent.waitFor(/config refused, the old one stays: [^"]*wanherd.yaml:2: /);
  const weights = ({ uplinks }: Status) => ports.map((port) => uplinks.find((link) => link.port === port)?.weight);
  expect(weights(await box.status())).toEqual([3, 1, 1]);
  await box.configure(`modems:\n  defaults: { weight: 1 }\n  '${ports[2]}': { weight: 2 }\n`);
  await box.until("the new weights are in force", (status) => weights(status).join() === "1,1,2");
});

test("a port disabled by hand leaves the pool and comes back when enabled", async () => {
  const wanherd = ["node", "/wanherd/dist/wanherd.js"];
  await box.guest.exec([...wanherd, "disable", ports[2]]);
  await box.untilPool([ports[0], ports[1]]);
  await box.untilState(ports[2], "disabled");
  const { stdout } = await box.guest.exec([...wanherd, "explain", ports[2]]);
  expect(stdout).toContain("disabled");
  await box.guest.exec([...wanherd, "enable", ports[2]]);
  await box.untilPool(ports);
});
