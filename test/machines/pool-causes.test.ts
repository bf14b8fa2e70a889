import { expect, test } from "vitest";
import { failure } from "../../machines/failure.ts";
import type { PoolCause } from "../../machines/uplinks/effects.ts";
import { poolCausePort, poolCauseText } from "../../src/agent/pool-text.ts";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { UplinkId } from "../../src/net/types.ts";
import { PORT, World } from "./world.ts";

const OTHER = "1-2" as PortPath;

/** The reasons of each change of the pool since the start, as the journal has them. */
function told(world: World): readonly string[] {
  return world.reasons.map((because) => `${poolCausePort(because) ?? "all"}: ${poolCauseText(because)}`);
}

test("the start itself is the reason of the first pool", async () => {
  const world = new World();
  world.agent.start();
  await world.settle();
  expect(told(world)).toEqual(["all: start"]);
});

test("each change of the pool names the link whose event it was", async () => {
  const world = await new World().start();
  await world.bringOnline();
  await world.bringOnline(OTHER);
  world.link.get(PORT)?.({ type: "link.suspect", failure: failure("LinkSuspect", "it loses packets") });
  await world.settle();
  await world.unplug();
  expect(told(world)).toEqual([
    "1-1: uplink.joined 1-1",
    "1-2: uplink.joined 1-2",
    "1-1: uplink.joined 1-1 (suspect)",
    "1-1: uplink.left 1-1",
  ]);
});

test("changes that came while one was being applied are told together, by all their links", async () => {
  const world = await new World().start();
  let applied = (): void => {};
  world.holds.set("apply", new Promise((resolve) => (applied = resolve)));
  await world.bringOnline();
  await world.bringOnline(OTHER);
  await world.unplug();
  world.holds.clear();
  applied();
  await world.settle();
  expect(told(world)).toEqual(["1-1: uplink.joined 1-1", "all: uplink.joined 1-2, uplink.left 1-1"]);
});

test("what the kernel refused at first is still the reason when it takes it, beside what has changed meanwhile", async () => {
  const world = await new World().start();
  world.fails.set("apply", ["SystemRefused"]);
  await world.bringOnline();
  expect(told(world)).toEqual([]);
  await world.bringOnline(OTHER);
  await world.pass(30_000);
  expect(told(world)).toEqual(["all: uplink.joined 1-1, uplink.joined 1-2"]);
});

test("what somebody changed in the kernel is put right for that reason", async () => {
  const world = await new World().start();
  await world.bringOnline();
  world.drift.push(["a rule is missing"]);
  world.touch();
  await world.settle();
  await world.pass(2_000);
  expect(told(world).at(-1)).toBe("all: drift");
});

test("a burst of one link's changes is one reason, and an interface is no port", () => {
  const joined = (id: string): PoolCause => ({ type: "uplink.joined", id: id as UplinkId, standing: "good" });
  expect(poolCauseText([joined("1-1"), joined("1-1")])).toBe("uplink.joined 1-1");
  expect(poolCausePort([joined("1-1"), joined("1-1")])).toBe("1-1");
  expect(poolCausePort([joined("eth0")])).toBeNull();
  expect(poolCausePort([])).toBeNull();
});
