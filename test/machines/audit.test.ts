import { expect, test } from "vitest";
import type { ActorRefFrom, AnyActorRef } from "xstate";
import type { createUplinksMachine } from "../../machines/uplinks/machine.ts";
import { verifyUplinks } from "../../src/agent/verify-uplinks.ts";
import { World } from "./world.ts";

const FLUSHED = ["table inet wanherd: the table is missing"];

/** A world with one link in the pool, of which nothing was heard yet. */
async function online(): Promise<World> {
  const world = await new World().start();
  await world.bringOnline();
  world.calls.length = 0;
  world.applied.length = 0;
  return world;
}

function uplinks(world: World): ActorRefFrom<ReturnType<typeof createUplinksMachine>> {
  const { uplinks: actor } = world.agent.getSnapshot().children as Record<string, AnyActorRef | undefined>;
  if (actor === undefined) throw new Error("no uplinks");
  return actor as ActorRefFrom<ReturnType<typeof createUplinksMachine>>;
}

/** Looks and repairs, in order. */
function audit(world: World): string {
  return world.calls.filter((call) => call === "verify" || call === "apply").join(" ");
}

async function touch(world: World): Promise<void> {
  world.touch();
  await world.settle();
}

test("every change of the pool is followed by a look at the kernel", async () => {
  const world = await new World().start();
  await world.bringOnline();
  expect(audit(world)).toBe("apply verify");
});

test("what somebody removed is put back at once, and looked at again", async () => {
  const world = await online();
  world.drift.push(FLUSHED);
  await touch(world);
  expect(audit(world)).toBe("verify apply verify");
  expect(world.applied.at(-1)?.uplinks).toHaveLength(1);
});

test("a touch that changed nothing costs one look", async () => {
  const world = await online();
  await touch(world);
  expect(audit(world)).toBe("verify");
});

test("a touch in the middle of a look is looked at again", async () => {
  const world = await online();
  let go = (): void => {};
  world.holds.set("verify", new Promise((resolve) => (go = resolve)));
  await touch(world);
  await touch(world);
  world.drift.push([], FLUSHED);
  go();
  await world.settle();
  expect(audit(world)).toBe("verify verify apply verify");
});

test("a stick that leaves in the middle of a look does not wait for it", async () => {
  const world = await online();
  world.holds.set("verify", new Promise(() => {}));
  await touch(world);
  await world.unplug();
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
});

test("somebody who removes it again and again is given way to, said so, and then opposed again ever more seldom", async () => {
  const world = await online();
  world.drift.push(...Array.from({ length: 50 }, () => FLUSHED));
  await touch(world);
  expect(world.applied).toHaveLength(5);
  expect(world.gaveWay).toEqual([FLUSHED]);
  await touch(world);
  expect(world.applied, "not touched meanwhile").toHaveLength(5);
  await world.pass(70_000);
  expect(world.applied).toHaveLength(6);
  await world.pass(70_000);
  expect(world.applied, "the second truce is longer").toHaveLength(6);
  await world.pass(70_000);
  expect(world.applied).toHaveLength(7);
  world.drift.length = 0;
  await world.pass(600_000);
  await world.pass(60_000);
  expect(uplinks(world).getSnapshot().value).toEqual({ settled: "sure" });
  expect(uplinks(world).getSnapshot().context.repairs).toBe(0);
});

test("while somebody is given way to, the pool follows its links all the same", async () => {
  const world = await online();
  world.drift.push(...Array.from({ length: 6 }, () => FLUSHED));
  await touch(world);
  await world.unplug();
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
});

test("a kernel that cannot be read is left as it is, and looked at again at the next touch", async () => {
  const world = await online();
  world.fails.set("verify", ["SystemRefused"]);
  await touch(world);
  expect(audit(world)).toBe("verify");
  await touch(world);
  expect(audit(world)).toBe("verify verify");
});

test("who asks is told of no drift, of drift that was mended, and of drift that somebody brings back", async () => {
  const world = await online();
  expect(await verifyUplinks(uplinks(world))).toEqual({ drift: [], mended: true });
  world.drift.push(FLUSHED, ["a rule is missing"], []);
  expect(await verifyUplinks(uplinks(world))).toEqual({ drift: [...FLUSHED, "a rule is missing"], mended: true });
  world.drift.push(...Array.from({ length: 20 }, () => FLUSHED));
  expect(await verifyUplinks(uplinks(world))).toEqual({ drift: FLUSHED, mended: false });
  // A hand that asks has it tried again at once.
  world.drift.length = 0;
  world.drift.push(FLUSHED);
  expect(await verifyUplinks(uplinks(world))).toEqual({ drift: FLUSHED, mended: true });
});

test("who asks is told why the kernel could not be read, or does not take the repair", async () => {
  const world = await online();
  world.fails.set("verify", ["SystemRefused"]);
  await expect(verifyUplinks(uplinks(world))).rejects.toThrow("could not be read");
  world.drift.push(FLUSHED);
  world.fails.set("apply", ["SystemRefused"]);
  const asked = verifyUplinks(uplinks(world), 100);
  await expect(asked).rejects.toMatchObject({ failure: { message: "apply failed" } });
});
