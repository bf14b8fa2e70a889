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

test("a config that changes while it waits to call again is taken at once, with a pppd that knows it", async () => {
  const world = await new World().start();
  world.fails.set("dial", ["Busy"]);
  await dialling(world);
  expect(world.label()).toBe("redialling");
  const begun = (what: string): number => world.calls.filter((call) => call === what).length;
  const before = { identify: begun("identify 1-1"), pppd: begun("pppd 1-1") };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.label()).not.toBe("redialling");
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect({ identify: begun("identify 1-1"), pppd: begun("pppd 1-1") }).toEqual({
    identify: before.identify + 1,
    pppd: before.pppd + 1,
  });
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
  ["identify", "SimBusy"],
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

test.each<[FailureKind, string]>([
  ["SimMissing", "no SIM"],
  ["SimPinNeeded", "PIN needed"],
  ["SimPukNeeded", "PUK needed"],
  ["SimBlocked", "SIM blocked"],
  ["SimWrong", "SIM wrong"],
  ["SimFailure", "SIM failing"],
])("a SIM with %s is left alone, however long, until it is another or a hand has come", async (kind, label) => {
  const world = await new World().start();
  world.fails.set("identify", [kind, kind, kind]);
  await dialling(world);
  expect(world.label()).toBe(label);
  expect(world.modemContext()?.failure?.kind).toBe(kind);
  const looks = (): number => world.calls.filter((call) => call === "identify 1-1").length;
  if (kind !== "SimFailure") {
    await world.pass(3_600_000);
    expect(looks()).toBe(1);
  }
  const before = looks();
  world.sim.get(PORT)?.({ type: "sim.changed" });
  await world.settle();
  expect(looks()).toBe(before + 1);
  world.settings.set(PORT, { enabled: true, weight: 1 });
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(looks()).toBe(before + 2);
  world.agent.send({ type: "port.command", port: PORT, action: "retry" });
  await world.settle();
  await world.register("home");
  await world.pppUp();
  expect(world.label()).toBe("online");
  expect(world.calls.filter((call) => /radio|reset|power/i.test(call))).toEqual([]);
  expect(world.sim.size).toBe(0);
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

test("a network that refuses the SIM is listened to until it allows it; no step of recovery is taken", async () => {
  const world = await new World().start();
  await world.plug("12d1:1001");
  await world.tty(1);
  await world.tty(3);
  await world.register("denied");
  expect(world.label()).toBe("denied");
  expect(world.modemContext()?.failure?.kind).toBe("RegistrationDenied");
  await world.pass(3_600_000);
  expect(world.label()).toBe("denied");
  expect(world.calls.filter((call) => /takeTurn/.test(call))).toEqual([]);
  await world.register("home");
  await world.pppUp();
  expect(world.label()).toBe("online");
});

test("abroad it waits until roaming is allowed or the home network is back", async () => {
  for (const change of ["allowed", "home"] as const) {
    const world = await new World().start();
    world.roaming = false;
    await world.plug("12d1:1001");
    await world.tty(1);
    await world.tty(3);
    await world.register("roaming");
    expect(world.label()).toBe("abroad");
    expect(world.modemContext()?.failure?.kind).toBe("RoamingForbidden");
    if (change === "home") await world.register("home");
    else {
      world.roaming = true;
      world.agent.send({ type: "config.changed" });
      await world.settle();
    }
    await world.pppUp();
    expect(world.label()).toBe("online");
  }
});

test("a network that never answers is a named failure", async () => {
  const silent = await new World().start();
  await silent.plug("12d1:1001");
  await silent.tty(1);
  await silent.tty(3);
  await silent.register("searching");
  await silent.pass(120_000);
  expect(silent.modemContext()?.failure?.kind).toBe("RegistrationTimeout");
});

/** Lets every call fail in this way, and time pass, until so many steps of recovery were taken. */
async function stepsTaken(world: World, kind: FailureKind, count: number): Promise<readonly string[]> {
  world.fails.set("dial", Array<FailureKind>(200).fill(kind));
  const steps = (): readonly string[] =>
    world.calls.filter((call) => /^(?:radio|reset|usbReset|powerCycle) /.test(call));
  for (let second = 0; second < 2_000 && steps().length < count; second++) {
    await world.pass(1_000);
    if (world.label() === "registering") await world.register("home");
  }
  return steps().map((step) => step.replace(/ .*/, ""));
}

test("a modem whose calls keep failing is mended step by step, gently first, then rests, and so for ever", async () => {
  const world = await new World().start();
  await dialling(world);
  expect(await stepsTaken(world, "NoCarrier", 6)).toEqual([
    "radio",
    "reset",
    "usbReset",
    "powerCycle",
    "radio",
    "reset",
  ]);
  expect(world.modemContext()?.recovery.taken).toEqual({ radio: 2, reset: 2, usbReset: 1, powerCycle: 1 });
  expect(world.path()).toMatch(/redialling .*recovering .*resting .*recovering/);
  // Every turn that was taken was ended.
  expect(world.calls.filter((call) => call === "endTurn 1-1")).toHaveLength(
    world.calls.filter((call) => call === "takeTurn 1-1").length - (world.label() === "recovering" ? 1 : 0),
  );
});

test("a step that this device or hub cannot do makes room for the next at once", async () => {
  const world = await new World().start();
  world.fails.set("radio", ["CommandRefused"]);
  world.fails.set("reset", ["PortSilent"]);
  await dialling(world);
  expect(await stepsTaken(world, "DialTimeout", 3)).toEqual(["radio", "reset", "usbReset"]);
  const dials = world.calls.filter((call) => call === "dial 1-1").length;
  expect(dials).toBe(3);
});

test("a modem that vanishes by its reset is awaited, and its ladder goes on where it was", async () => {
  const world = await new World().start();
  await dialling(world);
  await stepsTaken(world, "NoCarrier", 2);
  expect(world.label()).toBe("recovering");
  await world.unplug();
  await world.pass(6_000);
  expect(world.label()).toBe("recovering");
  await world.plug("12d1:1001");
  await world.tty(1);
  await world.tty(3);
  await world.register("home");
  expect(world.modemContext()?.recovery).toMatchObject({ rung: 2, step: null, taken: { radio: 1, reset: 1 } });
  expect(await stepsTaken(world, "NoCarrier", 3)).toEqual(["radio", "reset", "usbReset"]);
});

test("a modem that was reset and never comes back leaves an empty port; the next stick starts afresh", async () => {
  const world = await new World().start();
  await dialling(world);
  await stepsTaken(world, "NoCarrier", 2);
  await world.unplug();
  await world.pass(66_000);
  expect(world.label()).toBe("empty");
  world.fails.clear();
  await world.bringOnline();
  expect(world.modemContext()?.recovery.taken.reset).toBe(0);
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
