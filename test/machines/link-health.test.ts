import { expect, test } from "vitest";
import type { LinkEvent } from "../../machines/uplinks/effects.ts";
import type { PortPath } from "../../src/hotplug/types.ts";
import { PORT, World } from "./world.ts";

test("a link that is up and carries no data leaves the pool and is called anew", async () => {
  const world = await new World().start();
  await world.bringOnline();
  world.link.get(PORT)?.({ type: "link.dead", failure: { kind: "LinkDead", message: "nothing received for 6 s" } });
  await world.settle();
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
  expect(world.modemContext()?.failure?.kind).toBe("LinkDead");
  await world.pass(1_000);
  await world.register("home");
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect(world.applied.at(-1)?.uplinks).toHaveLength(1);
});

/** Tells of the link of the first port, or of another. */
async function tell(world: World, event: LinkEvent, port = PORT): Promise<void> {
  world.link.get(port)?.(event);
  await world.settle();
}

const DEAD: LinkEvent = { type: "link.dead", failure: { kind: "LinkDead", message: "nothing came in" } };

test("a link that does badly keeps what it has and gets no new connections until it is well", async () => {
  const world = await new World().start();
  const other = "1-2" as PortPath;
  await world.bringOnline(other);
  await world.bringOnline();
  const picked = (): readonly number[] => (world.applied.at(-1)?.pick ?? []).map(({ slot }) => slot);
  expect(picked()).toHaveLength(2);
  await tell(world, { type: "link.suspect", failure: { kind: "LinkSuspect", message: "13 of 30 lost" } });
  expect(world.label()).toBe("online");
  expect(world.modemContext()?.failure?.message).toBe("13 of 30 lost");
  expect(picked()).toHaveLength(1);
  expect(world.applied.at(-1)?.uplinks).toHaveLength(2);
  await tell(world, { type: "link.suspect", failure: { kind: "LinkSuspect", message: "lossy" } }, other);
  expect(picked(), "two that do badly are better than none").toHaveLength(2);
  await tell(world, { type: "link.well" });
  expect(world.modemContext()?.failure).toBeNull();
  expect(picked()).toHaveLength(1);
});

test("a link that is called anew for its silence is on probation, over any step of recovery, until it is well", async () => {
  const world = await new World().start();
  await world.bringOnline("1-2" as PortPath);
  await world.bringOnline();
  for (let death = 1; death <= 3; death++) {
    await tell(world, DEAD);
    await world.pass(1_000);
    if (death === 3) break;
    await world.pppUp();
    expect(world.applied.at(-1)).toMatchObject({ uplinks: [{}, {}], pick: [{}] });
    expect(world.modemContext()?.failure?.kind).toBe("LinkUnproven");
    // A link that is up and silent is not well for it, however long.
    await world.pass(600_000);
  }
  expect(world.calls).toContain("radio 1-1");
  await world.pass(2_000);
  await world.register("home");
  await world.pppUp();
  expect(world.modemContext()?.standing).toBe("probation");
  await tell(world, { type: "link.well" });
  expect(world.applied.at(-1)?.pick).toHaveLength(2);
  expect(world.modemContext()).toMatchObject({ standing: "good", failure: null, recovery: { unproven: false } });
});

test("a modem whose links stay silent is mended again and again, and never rests: only a link that is up can be noticed to heal", async () => {
  const world = await new World().start();
  await world.bringOnline();
  for (let death = 0; death < 40; death++) {
    await tell(world, DEAD);
    for (let second = 0; world.label() !== "online" && second < 60; second++) {
      await world.pass(1_000);
      if (world.label() === "registering") await world.register("home");
      await world.pppUp();
    }
    expect(world.label()).toBe("online");
  }
  expect(world.path()).not.toContain("resting");
  expect(world.calls.filter((call) => call === "radio 1-1").length).toBeGreaterThan(2);
});

test("links that die again and again within a minute climb the ladder; a minute's peace ends it", async () => {
  const world = await new World().start();
  await world.bringOnline();
  for (let death = 1; death <= 2; death++) {
    await world.pppEnds("LinkLost");
    await world.pass(1_000);
    await world.pppUp();
  }
  await world.pass(60_000);
  await world.pppEnds("LinkLost");
  expect(world.label()).toBe("redialling");
  for (let death = 1; death <= 2; death++) {
    await world.pass(1_500);
    await world.pppUp();
    await world.pppEnds("LinkLost");
  }
  await world.pass(0);
  expect(world.calls).toContain("radio 1-1");
});
