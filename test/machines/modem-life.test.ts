import { expect, test } from "vitest";
import type { FailureKind } from "../../machines/failure.ts";
import { PORT, World } from "./world.ts";

async function dialling(world: World): Promise<void> {
  await world.plug("12d1:1001");
  await world.tty(1);
  await world.tty(3);
  await world.register("home");
}

test("a refused call is made again with the next APN, and the one that worked is remembered", async () => {
  const world = await new World().start();
  world.fails.set("dial", ["NoCarrier"]);
  await dialling(world);
  expect(world.label()).toBe("redialling");
  await world.pass(1_000);
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect(world.calls.filter((call) => call.startsWith("dial ") && call !== "dial 1-1")).toEqual([
    "dial first",
    "dial second",
  ]);
  expect(world.calls).toContain("remember second");
});

test("a lost link is redialled with the same APN after a short wait", async () => {
  const world = await new World().start();
  await world.bringOnline();
  await world.pppEnds("LinkLost");
  expect(world.label()).toBe("redialling");
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
  await world.pass(1_000);
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect(world.calls.filter((call) => call === "dial first")).toHaveLength(2);
});

test("waits between calls grow, for ever but never beyond their bound", async () => {
  const world = await new World().start();
  world.fails.set("dial", Array<FailureKind>(12).fill("Busy"));
  await dialling(world);
  const waits: number[] = [];
  for (let attempt = 1; attempt < 12; attempt++) {
    const before = world.calls.filter((call) => call === "dial 1-1").length;
    let waited = 0;
    while (world.calls.filter((call) => call === "dial 1-1").length === before && waited < 100_000) {
      await world.pass(1_000);
      waited += 1_000;
    }
    waits.push(waited);
  }
  expect(waits.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  expect(Math.max(...waits)).toBe(60_000);
});

test.each<[string, FailureKind]>([
  ["findPorts", "PortSilent"],
  ["identify", "SimMissing"],
  ["identify", "DeviceGone"],
])("when %s ends in %s the modem rests with that reason, and a hand's retry starts it anew", async (effect, kind) => {
  const world = await new World().start();
  world.fails.set(effect, [kind]);
  await dialling(world);
  expect(world.label()).toBe("resting");
  expect(world.modemContext()?.failure?.kind).toBe(kind);
  world.agent.send({ type: "port.command", port: PORT, action: "retry" });
  await world.settle();
  await world.register("home");
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect(world.modemContext()?.failure).toBeNull();
});

test("a missing SIM is not tried again before minutes have passed", async () => {
  const world = await new World().start();
  world.fails.set("identify", ["SimMissing"]);
  await dialling(world);
  await world.pass(299_000);
  expect(world.calls.filter((call) => call === "identify 1-1")).toHaveLength(1);
  await world.pass(2_000);
  expect(world.calls.filter((call) => call === "identify 1-1")).toHaveLength(2);
});

test("ports that never appear are a named failure, and a late one is taken at once", async () => {
  const world = await new World().start();
  await world.plug("12d1:1001");
  await world.tty(1);
  // Only one of two known ports: the settled set is probed instead of waiting for ever.
  await world.pass(1_500);
  expect(world.calls).toContain("findPorts 1-1");

  const bare = await new World().start();
  await bare.plug("12d1:1001");
  await bare.pass(20_000);
  expect(bare.modemContext()?.failure?.kind).toBe("PortsMissing");
  await bare.tty(1);
  expect(bare.label()).toBe("probing");
});

test("a network that refuses the SIM, and one that never answers, are told apart", async () => {
  const denied = await new World().start();
  await dialling(denied);
  const fresh = await new World().start();
  await fresh.plug("12d1:1001");
  await fresh.tty(1);
  await fresh.tty(3);
  await fresh.register("denied");
  expect(fresh.modemContext()?.failure?.kind).toBe("RegistrationDenied");
  expect(fresh.label()).toBe("resting");

  const silent = await new World().start();
  await silent.plug("12d1:1001");
  await silent.tty(1);
  await silent.tty(3);
  await silent.register("searching");
  await silent.pass(120_000);
  expect(silent.modemContext()?.failure?.kind).toBe("RegistrationTimeout");
});

test("a working link outlives an AT port that goes deaf", async () => {
  const world = await new World().start();
  await world.bringOnline();
  const emit = world.registration.get(PORT);
  emit?.({ type: "registration.failed", failure: { kind: "PortSilent", message: "silent" } });
  await world.settle();
  expect(world.label()).toBe("online");
  await world.pass(5_000);
  expect(world.registration.get(PORT)).not.toBe(emit);
  expect(world.label()).toBe("online");
});

test("a pppd that crashes is started again by its daemon machine and the call made anew", async () => {
  const world = await new World().start();
  await dialling(world);
  await world.pppEnds("ProcessCrashed");
  expect(world.label()).toBe("redialling");
  await world.pass(1_000);
  expect(world.calls.filter((call) => call === "pppd 1-1")).toHaveLength(2);
  await world.pppUp();
  expect(world.label()).toBe("online");
});

test.each(["findPorts", "identify", "dial"])("a yank during %s leaves nothing behind", async (effect) => {
  const world = await new World().start();
  let go = (): void => {};
  world.holds.set(
    effect,
    new Promise((resolve) => {
      go = resolve;
    }),
  );
  await dialling(world);
  await world.unplug();
  go();
  await world.settle();
  await world.pass(6_000);
  expect(world.label()).toBe("empty");
  expect(world.pppd.size).toBe(0);
  expect(world.registration.size).toBe(0);
  expect(world.calls).toContain("release 1-1");
});
