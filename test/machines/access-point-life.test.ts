import { beforeEach, expect, test } from "vitest";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { InterfaceId } from "../../src/net/types.ts";
import { radioOf } from "./fake-access-point.ts";
import { DONGLE } from "./fake-devices.ts";
import { PORT, World } from "./world.ts";

const PORTS = ["1-1", "1-2", "1-3"] as PortPath[];
let world: World;
beforeEach(async () => {
  world = await new World().start();
});

async function plugDongle(number: number): Promise<void> {
  const port = PORTS[number] as PortPath;
  await world.plug(DONGLE, port);
  await world.radio(radioOf(port, number));
}

const labels = (): string[] => PORTS.map((port) => world.label(port));

test("a dongle becomes part of the access point: verified, placed, served", async () => {
  await plugDongle(0);
  expect(world.path()).toBe("empty left alone verifying joining serving");
  expect(world.hotspot.channels()).toEqual({ wlan0: 1 });
  expect(world.hotspot.lan).toEqual(world.hotspot.settings.lan);
});

test("three dongles share one hostapd, on three channels, and only the first one listened for neighbours", async () => {
  for (const number of [0, 1, 2]) await plugDongle(number);
  expect(labels()).toEqual(["serving", "serving", "serving"]);
  expect(world.hotspot.channels()).toEqual({ wlan0: 1, wlan1: 6, wlan2: 11 });
  expect(world.hotspot.starts).toBe(1);
  expect(world.hotspot.calls.filter((call) => call.startsWith("survey"))).toEqual(["survey wlan0"]);
});

test("radios that an earlier agent's hostapd serves keep their channels, and none stops to listen", async () => {
  world.hotspot.left.set("wlan0", 11).set("wlan1", 1);
  for (const number of [0, 1, 2]) await plugDongle(number);
  expect(labels()).toEqual(["serving", "serving", "serving"]);
  expect(world.hotspot.channels()).toEqual({ wlan0: 11, wlan1: 1, wlan2: 6 });
  expect(world.hotspot.calls.filter((call) => call.startsWith("survey"))).toEqual([]);
});

test("one that is pulled leaves the others alone, and its channel to the next", async () => {
  for (const number of [0, 1, 2]) await plugDongle(number);
  world.hotspot.calls.length = 0;
  await world.radio(null, PORTS[1]);
  await world.detach(PORTS[1]);
  expect(labels()).toEqual(["serving", "empty", "serving"]);
  expect(world.hotspot.calls).toEqual(["remove wlan1"]);
  await plugDongle(1);
  expect(world.hotspot.channels()).toEqual({ wlan0: 1, wlan1: 6, wlan2: 11 });
});

test("what the kernel refuses stays as it was, with the reason, and is looked at again only where that may help", async () => {
  world.fails.set("verify", ["ApUnsupported"]);
  await plugDongle(0);
  expect([world.label(), world.radioContext()?.failure?.kind]).toEqual(["rejected", "ApUnsupported"]);
  await world.pass(3_600_000);
  expect(world.hotspot.calls).toEqual(["verify 1-1"]);
  await world.unplug();

  world.fails.set("verify", ["InterfaceBusy"]);
  await plugDongle(0);
  expect(world.label()).toBe("rejected");
  await world.pass(40_000);
  expect(world.label()).toBe("serving");
});

test("a radio that another program gives back serves as soon as that is heard of", async () => {
  world.fails.set("verify", ["InterfaceBusy"]);
  await plugDongle(0);
  expect(world.label()).toBe("rejected");
  world.hotspot.interfaces.get("wlan0")?.();
  await world.settle();
  expect(world.label()).toBe("serving");
});

test("what hostapd refuses is rejected, and the others serve on", async () => {
  await plugDongle(0);
  world.fails.set("add", ["HostapdRefused"]);
  await plugDongle(1);
  expect(labels().slice(0, 2)).toEqual(["serving", "rejected"]);
  expect(world.radioContext(PORTS[1])?.failure?.kind).toBe("HostapdRefused");
});

test("hostapd killed: back within two seconds, and every radio on the channel that it had", async () => {
  for (const number of [0, 1]) await plugDongle(number);
  const before = world.hotspot.channels();
  world.hotspot.hostapdEnds();
  await world.settle();
  expect(labels().slice(0, 2)).toEqual(["joining", "joining"]);
  await world.pass(2_000);
  expect(labels().slice(0, 2)).toEqual(["serving", "serving"]);
  expect(world.hotspot.channels()).toEqual(before);
  expect(world.hotspot.starts).toBe(2);
});

test("a radio that fails by itself is added again; the other notices nothing", async () => {
  for (const number of [0, 1]) await plugDongle(number);
  world.hotspot.calls.length = 0;
  world.hotspot.failRadio("wlan0", "DeviceGone");
  await world.settle();
  expect(labels().slice(0, 2)).toEqual(["rejected", "serving"]);
  await world.pass(2_000);
  expect(world.label()).toBe("serving");
  expect(world.hotspot.calls).not.toContain("remove wlan1");
});

test("a changed SSID is told to every radio, a channel that goes only to the one that has it", async () => {
  for (const number of [0, 1]) await plugDongle(number);
  world.hotspot.settings = { ...world.hotspot.settings, ssid: "Bus 7" };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect([...world.hotspot.serving.values()].map(({ ssid }) => ssid)).toEqual(["Bus 7", "Bus 7"]);
  world.hotspot.calls.length = 0;
  world.hotspot.settings = { ...world.hotspot.settings, channels: [1, 11] };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.hotspot.channels()).toEqual({ wlan0: 1, wlan1: 11 });
  expect(world.hotspot.calls).toEqual(["add wlan1"]);
});

test("channels that a radio may not use: refused with the reason, and taken back when the config is", async () => {
  await plugDongle(0);
  world.hotspot.settings = { ...world.hotspot.settings, channels: [13] };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect([world.label(), world.radioContext()?.failure?.kind]).toEqual(["rejected", "ChannelForbidden"]);
  world.hotspot.settings = { ...world.hotspot.settings, channels: [11] };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.hotspot.channels()).toEqual({ wlan0: 11 });
});

test("without a radio there is no hostapd, but the LAN stays", async () => {
  await plugDongle(0);
  await world.radio(null);
  await world.detach();
  await world.pass(4_000);
  expect([world.hotspot.runs, world.hotspot.lan]).toEqual([false, world.hotspot.settings.lan]);
});

test("a LAN that collides keeps radios waiting, says why, and is tried again", async () => {
  world.fails.set("applyLan", ["LanCollides"]);
  await plugDongle(0);
  expect(world.label()).toBe("joining");
  expect(world.accessPointContext()?.lanFailure?.kind).toBe("LanCollides");
  await world.pass(1_500);
  expect([world.label(), world.accessPointContext()?.lanFailure]).toEqual(["serving", null]);
});

test("a dongle by its name, without a driver: rejected as such, after its time", async () => {
  world.hotspot.wifi = true;
  world.fails.set("verify", ["DriverMissing"]);
  await world.plug(DONGLE);
  expect(world.label()).toBe("left alone");
  await world.pass(3_001);
  expect(world.label()).toBe("identifying");
  await world.pass(8_001);
  expect([world.label(), world.radioContext()?.failure?.kind]).toEqual(["rejected", "DriverMissing"]);
});

test("a keyboard is left alone after somebody has asked whether it is WiFi", async () => {
  await world.plug("046d:c31c");
  await world.pass(60_000);
  expect([world.label(), world.calls]).toEqual(["left alone", ["isWifi"]]);
});

test("disabled by hand it leaves hostapd and gives its interface back; enabled it serves again", async () => {
  await plugDongle(0);
  world.agent.send({ type: "port.command", port: PORT, action: "disable" });
  await world.settle();
  expect([world.label(), world.hotspot.channels()]).toEqual(["disabled", {}]);
  world.agent.send({ type: "port.command", port: PORT, action: "enable" });
  await world.settle();
  expect(world.label()).toBe("serving");
});

test("a radio that is no dongle joins when the config names it, and leaves when it does not", async () => {
  await world.radio(radioOf("wlan0"));
  expect(world.hotspot.channels()).toEqual({});
  world.hotspot.named = ["wlan0" as InterfaceId];
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.hotspot.channels()).toEqual({ wlan0: 1 });
  world.hotspot.named = [];
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect([world.hotspot.channels(), world.agent.getSnapshot().context.namedRadios]).toEqual([{}, []]);
});

test("switched off by software and on again: out, and back by itself", async () => {
  await plugDongle(0);
  world.fails.set("verify", ["RadioBlocked"]);
  await world.radio({ ...radioOf(PORT), blocked: "soft" });
  expect([world.label(), world.hotspot.channels()]).toEqual(["rejected", {}]);
  await world.radio(radioOf(PORT));
  expect(world.label()).toBe("serving");
});

test("addresses are given in the LAN once it is there", async () => {
  expect(world.hotspot.lan).toBeNull();
  world.hotspot.settings = { ...world.hotspot.settings, lan: { ...world.hotspot.settings.lan, ports: ["eth1"] } };
  world.agent.send({ type: "config.changed" });
  await world.settle();
  expect(world.hotspot.lan?.ports).toEqual(["eth1"]);
});

test("the agent's end: radios first, then hostapd, then the LAN, then the rest of the network", async () => {
  for (const number of [0, 1]) await plugDongle(number);
  world.hotspot.calls.length = 0;
  world.agent.send({ type: "agent.stop" });
  await world.settle();
  await world.pass(1);
  expect(world.hotspot.calls).toEqual(["remove wlan0", "remove wlan1", "restoreLan"]);
  expect([world.hotspot.runs, world.restored, world.agent.getSnapshot().status]).toEqual([false, 1, "done"]);
});
