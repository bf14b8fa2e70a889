import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

let box: Box;
let ports: string[];

beforeAll(async () => {
  box = await Box.install(await connectGuest(), NUMBERS);
  ports = NUMBERS.map((number) => box.bus.port(number));
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
});

// USB/IP emulates no hub, so the eight sit on the root hub; the agent sees a hub's worth of ports all the same.
test("a hub's worth of sticks, of three kinds, plugged in at once, is one pool of eight", async () => {
  const kinds = [zteMf102, huaweiE367, plainModem] as const;
  await Promise.all(ports.map((port, index) => box.bus.plug(port, (kinds[index % 3] ?? plainModem)())));
  const { ports: seen } = await box.untilPool(ports, 180_000);
  expect(seen.map(({ state }) => state)).toEqual(Array(8).fill("online"));

  await box.bus.counts({ reset: true });
  const { downloads } = await box.bus.download({ connections: 80, concurrency: 20, bytes: 1_000 });
  expect(downloads.filter(({ complete }) => !complete)).toEqual([]);
  expect(Object.values(await box.bus.counts())).toEqual(Array(8).fill(10));
}, 240_000);

test("the hub's plug pulled: eight sticks gone at once, and nothing of them is left", async () => {
  await box.bus.unplugAll();
  await box.until("no port is occupied", ({ ports: left, uplinks }) => left.length === 0 && uplinks.length === 0);
  // The pool is told of before the kernel has followed.
  await box.untilNothingLeft(ports);
});
