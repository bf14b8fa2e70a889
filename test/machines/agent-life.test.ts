import { expect, test } from "vitest";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { InterfaceId } from "../../src/net/types.ts";
import { ETH } from "./fake-interfaces.ts";
import { ADOPTED } from "./model/modem-events.ts";
import { World } from "./world.ts";

const PORTS = ["1-1", "1-2", "1-3"] as [PortPath, PortPath, PortPath];

test("three modems are in the pool by slots of their own, and keep them over a replug", async () => {
  const world = await new World().start();
  for (const port of PORTS) await world.bringOnline(port);
  expect(world.applied.at(-1)?.uplinks.map(({ slot, id }) => [slot, id])).toEqual([
    [1, "1-1"],
    [2, "1-2"],
    [3, "1-3"],
  ]);
  await world.unplug("1-1" as PortPath);
  await world.unplug("1-2" as PortPath);
  await world.bringOnline("1-2" as PortPath);
  expect(world.applied.at(-1)?.uplinks.map(({ slot, id }) => [slot, id])).toEqual([
    [2, "1-2"],
    [3, "1-3"],
  ]);
});

test("changes that come while one is applied are applied together after it", async () => {
  const world = await new World().start();
  let go = (): void => {};
  world.holds.set(
    "apply",
    new Promise((resolve) => {
      go = resolve;
    }),
  );
  for (const port of PORTS) await world.bringOnline(port);
  go();
  await world.settle();
  expect(world.applied.map((desired) => desired.uplinks.length)).toEqual([1, 3]);
});

test("a change that the kernel refuses is tried again, and at once when a link leaves", async () => {
  const world = await new World().start();
  world.fails.set("apply", ["SystemRefused"]);
  await world.bringOnline(PORTS[0]);
  expect(world.applied).toEqual([]);
  await world.pass(600);
  expect(world.applied).toHaveLength(1);

  world.fails.set("apply", ["SystemRefused"]);
  await world.bringOnline(PORTS[1]);
  expect(world.applied).toHaveLength(1);
  await world.unplug(PORTS[0]);
  expect(world.applied.at(-1)?.uplinks.map(({ id }) => id)).toEqual(["1-2"]);
});

test("told to stop, every port tears down first, then the network is put back, then the agent ends", async () => {
  const world = await new World().start();
  for (const port of PORTS) await world.bringOnline(port);
  await world.plug("046d:c31c", "1-4" as PortPath);
  world.agent.send({ type: "agent.stop" });
  await world.settle();
  expect(world.agent.getSnapshot().status).toBe("done");
  expect(world.restored).toBe(1);
  expect(world.pppd.size).toBe(0);
  expect(world.calls.filter((call) => call.startsWith("release")).sort()).toEqual([
    "release 1-1",
    "release 1-2",
    "release 1-3",
  ]);
});

test("one port whose teardown hangs does not keep the agent from ending", async () => {
  const world = await new World().start();
  await world.bringOnline(PORTS[0]);
  world.holds.set("release", new Promise(() => {}));
  world.agent.send({ type: "agent.stop" });
  await world.settle();
  await world.pass(60_000);
  expect(world.agent.getSnapshot().status).toBe("done");
});

test("the agent starts although what a killed one left behind could not be cleaned", async () => {
  const world = new World();
  world.fails.set("prepare", ["SystemRefused"]);
  await world.start();
  await world.bringOnline(PORTS[0]);
  expect(world.label(PORTS[0])).toBe("online");
});

test("a fault of our own in one port's machine costs that port its link and the others nothing; then it starts afresh", async () => {
  const world = await new World().start();
  for (const port of PORTS) await world.bringOnline(port);
  await world.plug("dead:beef", PORTS[1]);
  await world.pass(25_000);
  expect(world.agent.getSnapshot().status).toBe("active");
  expect(world.applied.at(-1)?.uplinks.map(({ id }) => id)).toEqual(["1-1", "1-3"]);
  await world.bringOnline(PORTS[1]);
  expect(world.applied.at(-1)?.uplinks.map(({ id }) => id)).toEqual(PORTS);
  world.agent.send({ type: "agent.stop" });
  await world.settle();
  expect(world.agent.getSnapshot().status).toBe("done");
  expect(world.restored).toBe(1);
});

test("a link has IPv6 from when its interface gets an address until it has none; what is no change is not applied", async () => {
  const world = await new World().start();
  await world.bringOnline(PORTS[0]);
  const [link] = world.applied.at(-1)?.uplinks ?? [];
  const addressed = async (addresses: Readonly<Record<string, string>>) => {
    world.ipv6(addresses);
    await world.settle();
    const { lanPrefix, uplinks } = world.applied.at(-1) ?? {};
    return [world.applied.length, lanPrefix, uplinks?.[0]?.address6];
  };
  const name = link?.interface ?? "";
  expect(await addressed({ [name]: "2001:db8::1" })).toEqual([2, "fd00:db8::/64", "2001:db8::1"]);
  expect(await addressed({ [name]: "2001:db8::1", eth0: "2001:db8::2" })).toEqual([2, "fd00:db8::/64", "2001:db8::1"]);
  expect(await addressed({})).toEqual([3, "fd00:db8::/64", undefined]);
});

test("an adopted link has its IPv6 in the pool's first state", async () => {
  const world = new World();
  leaveLink(world, PORTS[0], 1, "2001:db8::1");
  world.agent.start();
  await world.settle();
  expect(world.applied.map(({ uplinks }) => uplinks.map(({ address6 }) => address6))).toEqual([["2001:db8::1"]]);
});

/** A link that an earlier agent left, and what the modem in its port finds of it. */
function leaveLink(world: World, port: PortPath, slot: number | null, address6?: string): void {
  const link = { interface: `wan${port}`, address: "10.0.0.2", peer: null, dns: [] };
  const rank = { weight: 1, tier: 1 };
  world.left = [...world.left, { member: { id: port, link, rank, standing: "good" }, slot, address6 }];
  world.adoptable.set(port, { ...ADOPTED, link });
}

const slotsIn = ({ applied }: World) => applied.at(-1)?.uplinks.map(({ slot, id }) => [slot, id]);

test("links of an earlier agent are in the pool from its first state on, with their slots, and their modems take them over", async () => {
  const world = new World();
  leaveLink(world, PORTS[1], 1);
  leaveLink(world, PORTS[0], 7);
  leaveLink(world, PORTS[2], null);
  world.agent.start();
  await world.settle();
  expect(world.applied.map(({ uplinks }) => uplinks.map(({ slot, id }) => [slot, id]))).toEqual([
    [
      [1, "1-2"],
      [2, "1-3"],
      [7, "1-1"],
    ],
  ]);
  for (const port of PORTS) await world.plug("12d1:1001", port);
  expect(PORTS.map((port) => world.label(port))).toEqual(["online", "online", "online"]);
  expect(world.calls.filter((call) => /^(pppd|dial|findPorts|identify|apply)/.test(call))).toEqual(["apply"]);
  // From here on it is a link like any other.
  await world.pppEnds("LinkLost", PORTS[0]);
  expect(world.label(PORTS[0])).toBe("redialling");
  expect(slotsIn(world)).toEqual([
    [1, "1-2"],
    [2, "1-3"],
  ]);
  await world.pass(1_000);
  await world.register("home", PORTS[0]);
  await world.pass(1_000);
  await world.pppUp(PORTS[0]);
  expect(world.label(PORTS[0])).toBe("online");
});

test("a link whose port no modem takes over leaves the pool in time and is ended; the others stay", async () => {
  const world = new World();
  leaveLink(world, PORTS[0], 1);
  leaveLink(world, PORTS[1], 2);
  await world.start();
  await world.plug("12d1:1001", PORTS[1]);
  await world.pass(19_000);
  expect(world.calls).not.toContain("abandon");
  await world.pass(2_000);
  expect(slotsIn(world)).toEqual([[2, "1-2"]]);
  expect(world.calls).toContain("abandon");
  expect(world.label(PORTS[1])).toBe("online");
});

test.each<[string, (world: World) => Promise<void>]>([
  ["is pulled out", (world) => world.detach(PORTS[0])],
  ["cannot be taken over", async (world) => world.holds.clear()],
])("a link whose modem %s while it is being taken over leaves the pool at once", async (how, happen) => {
  const world = new World();
  leaveLink(world, PORTS[0], 1);
  world.fails.set("adopt", how === "is pulled out" ? [] : ["Internal"]);
  let go = (): void => {};
  world.holds.set("adopt", new Promise((resolve) => (go = resolve)));
  await world.start();
  await world.plug("12d1:1001", PORTS[0]);
  await happen(world);
  go();
  await world.settle();
  expect(slotsIn(world)).toEqual([]);
});

test("told to stop before its modems have taken over, it ends their links itself", async () => {
  const world = new World();
  leaveLink(world, PORTS[0], 1);
  let go = (): void => {};
  world.holds.set("prepare", new Promise((resolve) => (go = resolve)));
  world.agent.start();
  world.agent.send({ type: "agent.stop" });
  go();
  await world.settle();
  expect(world.agent.getSnapshot().status).toBe("done");
  expect(world.calls).toContain("abandon");
  expect(world.restored).toBe(1);
});

test("an interface that the config names is in the pool beside the modems, and leaves when it is named no more", async () => {
  const world = new World();
  world.interfaces.names = [ETH];
  await world.start();
  await world.bringOnline(PORTS[0]);
  world.interfaces.ready();
  await world.settle();
  expect(world.applied.at(-1)?.uplinks.map(({ id, via }) => [id, via])).toEqual([
    ["1-1", null],
    ["eth0", "192.0.2.1"],
  ]);
  world.interfaces.rankOfAll = { weight: 7, tier: 1 };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.applied.at(-1)?.pick.map(({ weight }) => weight)).toEqual([1, 7]);
  world.interfaces.names = ["eth1" as InterfaceId];
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.applied.at(-1)?.uplinks.map(({ id }) => id)).toEqual(["1-1"]);
  expect(world.interfaces.open()).toEqual({ interfaces: ["eth1"], links: [] });
});
