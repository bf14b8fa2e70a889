import { expect, test } from "vitest";
import type { PortPath } from "../../src/hotplug/types.ts";
import { PORT, World } from "./world.ts";

test("a stick in storage mode is switched, dialled and joins the pool", async () => {
  const world = await new World().start();
  await world.plug("19d2:2000");
  await world.unplug();
  await world.plug("19d2:0031");
  await world.tty(1);
  await world.tty(3);
  await world.register("searching");
  await world.register("home");
  await world.pppUp();
  expect(world.path()).toBe("empty switching probing registering dialling negotiating online");
  expect(world.applied.at(-1)?.uplinks).toEqual([
    { slot: 1, id: PORT, interface: "wan1-1", address: "10.0.0.2", via: null },
  ]);
  expect(world.calls).toContain("remember first");
});

test("the call waits for pppd as well as for the network", async () => {
  const world = await new World().start();
  world.pppdWaits = false;
  await world.plug("12d1:1001");
  await world.tty(1);
  await world.tty(3);
  await world.register("home");
  expect(world.calls).not.toContain("dial first");
  world.pppd.get(PORT)?.({ type: "process.notice", name: "connector.waiting" });
  await world.settle();
  expect(world.calls).toContain("dial first");
});

test("an unplug takes the link out of the pool before anything is torn down", async () => {
  const world = await new World().start();
  await world.bringOnline();
  let release = (): void => {};
  world.holds.set(
    "release",
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  await world.unplug();
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
  expect(world.label()).toBe("hanging up");
  release();
  await world.settle();
  expect(world.label()).toBe("empty");
});

test("a stick swapped for another while the first is torn down waits for its turn", async () => {
  const world = await new World().start();
  await world.bringOnline();
  let release = (): void => {};
  world.holds.set(
    "release",
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  await world.unplug();
  await world.plug("19d2:2000");
  expect(world.calls).not.toContain("switchMode 1-1");
  release();
  await world.settle();
  expect(world.calls).toContain("switchMode 1-1");
  expect(world.label()).toBe("switching");
});

test("a stick that stays in storage mode is tried three times and then reported", async () => {
  const world = await new World().start();
  await world.plug("19d2:2000");
  for (let attempt = 0; attempt < 3; attempt++) await world.pass(20_000);
  expect(world.calls.filter((call) => call === "switchMode 1-1")).toHaveLength(3);
  expect(world.label()).toBe("stuck");
  expect(world.context()?.failure?.kind).toBe("SwitchTimeout");
});

test("a switch for which something is missing is not tried again and again, but says what it is", async () => {
  const world = await new World().start();
  world.fails.set("switchMode", ["SwitchUnsupported"]);
  await world.plug("19d2:2000");
  expect(world.label()).toBe("stuck");
  expect(world.context()?.failure?.kind).toBe("SwitchUnsupported");
  expect(world.calls.filter((call) => call === "switchMode 1-1")).toHaveLength(1);
});

test("a stick that comes back in storage mode again and again is no endless loop", async () => {
  const world = await new World().start();
  for (let round = 0; round < 6; round++) {
    await world.plug("19d2:2000");
    await world.unplug();
    if (world.label() === "empty") break;
  }
  expect(world.calls.filter((call) => call === "switchMode 1-1").length).toBeLessThanOrEqual(4);
});

test("a stick pulled out for good during its switch leaves an empty port", async () => {
  const world = await new World().start();
  await world.plug("19d2:2000");
  await world.unplug();
  expect(world.label()).toBe("switching");
  await world.pass(20_000);
  expect(world.label()).toBe("empty");
});

test("keyboard, hub and what cannot be switched are left alone, each with its own state", async () => {
  const world = await new World().start();
  await world.plug("046d:c31c", "1-1" as PortPath);
  await world.plug("1d6b:0002", "1-2" as PortPath);
  await world.plug("0fce:d103", "1-3" as PortPath);
  expect(world.label("1-1" as PortPath)).toBe("left alone");
  expect(world.label("1-2" as PortPath)).toBe("left alone");
  expect(world.label("1-3" as PortPath)).toBe("stuck");
  expect(world.context("1-3" as PortPath)?.failure?.message).toContain("SonyMode");
  expect(world.calls).toEqual([]);
});

test("an unknown device becomes a modem by a tty of a modem driver, never by that of a serial adapter", async () => {
  const world = await new World().start();
  await world.plug("ffff:0001", "1-1" as PortPath);
  await world.tty(0, "1-1" as PortPath, "ftdi_sio");
  await world.plug("ffff:0002", "1-2" as PortPath);
  await world.tty(0, "1-2" as PortPath, "option");
  await world.pass(10_000);
  expect(world.label("1-1" as PortPath)).toBe("left alone");
  expect(world.label("1-2" as PortPath)).toBe("registering");
});

test("a port disabled by hand hangs up and stays down over a replug until it is enabled", async () => {
  const world = await new World().start();
  await world.bringOnline();
  world.agent.send({ type: "port.command", port: PORT, action: "disable" });
  await world.settle();
  expect(world.label()).toBe("disabled");
  expect(world.applied.at(-1)?.uplinks).toEqual([]);
  await world.unplug();
  await world.plug("12d1:1001");
  expect(world.label()).toBe("disabled");
  world.agent.send({ type: "port.command", port: PORT, action: "enable" });
  await world.settle();
  expect(world.label()).toBe("probing");
});

test("a weight changed in the config reaches the pool without a redial", async () => {
  const world = await new World().start();
  await world.bringOnline();
  world.settings.set(PORT, { enabled: true, weight: 3 });
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.applied.at(-1)?.pick).toEqual([{ slot: 1, weight: 3 }]);
  expect(world.calls.filter((call) => call === "dial 1-1")).toHaveLength(1);
});

async function disable(world: World, now = false): Promise<void> {
  world.agent.send({ type: "port.command", port: PORT, action: "disable", now });
  await world.settle();
}

async function enable(world: World): Promise<void> {
  world.agent.send({ type: "port.command", port: PORT, action: "enable" });
  await world.settle();
}

/** A link with four connections, and a world in which it was just switched off. */
async function draining(): Promise<World> {
  const world = await new World().start();
  world.connections = 4;
  await world.bringOnline();
  await disable(world);
  expect(world.label()).toBe("draining");
  return world;
}

function inPool(world: World): { uplinks: number; pick: number } {
  const { uplinks = [], pick = [] } = world.applied.at(-1) ?? {};
  return { uplinks: uplinks.length, pick: pick.length };
}

test("a link that is switched off keeps its connections until they have ended, and gets no new ones", async () => {
  const world = await draining();
  expect(inPool(world)).toEqual({ uplinks: 1, pick: 0 });
  expect(world.context()?.draining).toEqual({ left: 4, boundMs: 60_000 });
  world.drain.get(PORT)?.({ type: "drain.counted", left: 1 });
  expect(world.context()?.draining?.left).toBe(1);
  world.drain.get(PORT)?.({ type: "drain.counted", left: 0 });
  await world.settle();
  expect(world.label()).toBe("disabled");
  expect(inPool(world)).toEqual({ uplinks: 0, pick: 0 });
  expect(world.drain.size).toBe(0);
});

test("connections that do not end are waited for until the time is over", async () => {
  const world = await draining();
  await world.pass(59_999);
  expect(world.label()).toBe("draining");
  await world.pass(1);
  expect(world.label()).toBe("disabled");
});

test("where the config gives no time, or a hand says now, nothing is waited for", async () => {
  const none = await new World().start();
  [none.connections, none.drainMs] = [4, 0];
  await none.bringOnline();
  await disable(none);
  expect(none.label()).toBe("disabled");
  const now = await new World().start();
  now.connections = 4;
  await now.bringOnline();
  await disable(now, true);
  expect(now.path()).not.toContain("draining");
  expect(now.label()).toBe("disabled");
});

test("a second word to switch it off ends the waiting", async () => {
  const world = await draining();
  await disable(world);
  expect(world.label()).toBe("disabled");
});

test("a link that is switched on again in time gets new connections as before, without a redial", async () => {
  const world = await draining();
  await enable(world);
  expect(world.label()).toBe("online");
  expect(inPool(world)).toEqual({ uplinks: 1, pick: 1 });
  expect(world.calls.filter((call) => call === `dial ${PORT}`)).toHaveLength(1);
  await world.pass(120_000);
  expect(world.label()).toBe("online");
});

test("a config that switches the port off lets its connections end as well, and one that no longer does keeps the link", async () => {
  const world = await new World().start();
  world.connections = 4;
  await world.bringOnline();
  for (const [enabled, label] of [
    [false, "draining"],
    [false, "draining"],
    [true, "online"],
  ] as const) {
    world.settings.set(PORT, { enabled, weight: 1 });
    world.agent.send({ type: "config.changed" });
    await world.settle();
    expect(world.label()).toBe(label);
  }
  expect(inPool(world)).toEqual({ uplinks: 1, pick: 1 });
});

test("connections that cannot be counted get all the time there is, and it is said why", async () => {
  const world = await draining();
  const failure = { kind: "ProgramMissing", message: "the program conntrack is not installed" } as const;
  world.drain.get(PORT)?.({ type: "drain.failed", failure });
  expect(world.label()).toBe("draining");
  expect(world.context()?.failure).toEqual(failure);
  await world.pass(60_000);
  expect(world.label()).toBe("disabled");
  expect(world.context()?.failure).toBeNull();
});
