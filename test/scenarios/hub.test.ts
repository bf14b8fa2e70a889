import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { usbHub } from "../bus/devices/models/usb-hub.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { Row } from "./row.ts";

/** Its firmware hangs, and only a cut of its power helps. */
const STUCK = plainModem({ modem: { ailment: { shows: "silent", healedBy: "power" } } });
const SWITCHED = {
  "a healthy modem": plainModem(),
  "a stuck modem": STUCK,
  "a stick that is storage first": zteMf102(),
};
/** Both climb to the last step of the ladder: backoff and the turns of others included. */
const CLIMB_MS = 100_000;

let box: Box;
/** Hubs by how they switch the power of their ports. */
let hubs: Record<"individual" | "ganged" | "none", string>;
let switched: Row<keyof typeof SWITCHED>;
let ganged: string;
let unswitched: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3, 4, 5]);
  hubs = { individual: box.bus.port(8), ganged: box.bus.port(9), none: box.bus.port(10) };
  switched = new Row(box, SWITCHED, 1, hubs.individual);
  ganged = `${hubs.ganged}.4`;
  unswitched = `${hubs.none}.5`;
  await box.unconfigure();
  await box.start();
  await box.bus.plug(hubs.individual, usbHub());
  await box.bus.plug(hubs.ganged, usbHub({ switching: "ganged" }));
  await box.bus.plug(hubs.none, usbHub({ switching: "none", ports: 7 }));
  await switched.plug();
  await box.bus.plug(ganged, STUCK);
  await box.bus.plug(unswitched, STUCK);
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
});

/** How often the hub was told to switch the power of a port off. */
async function cuts(hub: string, number: number): Promise<number> {
  return (await box.bus.log(hub)).filter(({ text }) => text === `port ${number}: power off`).length;
}

test("modems behind a hub go online, also one that has to be switched first, by names of their port behind it", async () => {
  await switched.online("a healthy modem");
  const { name } = await switched.online("a stick that is storage first");
  expect(name).toContain("MF102");
  const { stdout } = await box.guest.exec(["ls", `/dev/wanherd/${hubs.individual}.3`]);
  expect(stdout).toContain("if03");
  expect((await box.port(hubs.individual))?.kind).toBe("hub");
});

test("what hangs on a hub is held against what that hub can give", async () => {
  const { hubs: seen } = await box.status();
  const own = seen.find(({ port }) => port === hubs.individual);
  expect(own).toMatchObject({ drawnMilliamps: 1500, budgetMilliamps: 2000, over: false });
  expect(own?.devices.map(({ port }) => port).sort()).toEqual([1, 2, 3].map((port) => `${hubs.individual}.${port}`));
  const root = seen.find(({ port }) => port === `usb${hubs.individual.split("-")[0]}`);
  expect(root).toMatchObject({
    drawnMilliamps: 300,
    devices: [{ milliamps: 100 }, { milliamps: 100 }, { milliamps: 100 }],
  });
});

test("a modem whose firmware hangs, USB reset or not, is healed by its port's power going off and on", async () => {
  const { recovery, history } = await switched.online("a stuck modem", CLIMB_MS);
  expect(recovery?.taken).toMatchObject({ usbReset: 1, powerCycle: 1 });
  expect(history.map(({ state }) => state)).toContain("recovering");
  const log = (await box.bus.log(hubs.individual)).map(({ text }) => text);
  expect(log.filter((text) => text.startsWith("port 2: power"))).toEqual(
    ["on", "off", "on"].map((what) => `port 2: power ${what}`),
  );
});

test("its neighbours on the hub keep their power and their calls", async () => {
  expect(await Promise.all([1, 3].map((number) => cuts(hubs.individual, number)))).toEqual([0, 0]);
  for (const name of ["a healthy modem", "a stick that is storage first"] as const) {
    expect(await switched.sent(name, "ATD")).toBe(1);
  }
});

test.each([
  ["ganged", "switches the power of all its ports together"],
  ["none", "cannot switch the power of its ports"],
] as const)("a hub whose switching is %s is not touched, and the journal says why", async (switching, why) => {
  const [port, hub] = [switching === "ganged" ? ganged : unswitched, hubs[switching]];
  await box.agent.waitFor(new RegExp(`the power of port ${port} cannot be switched: hub ${hub} ${why}`), CLIMB_MS);
  expect(await cuts(hub, switching === "ganged" ? 4 : 5)).toBe(0);
});

test("with the hub goes all that hangs on it: nothing is left of three modems", async () => {
  await box.untilPool([1, 2, 3].map((number) => `${hubs.individual}.${number}`));
  await box.bus.unplug(hubs.individual);
  await box.untilPool([]);
  await box.until("the ports are empty", ({ ports }) => ports.every(({ port }) => !port.startsWith(hubs.individual)));
  await box.untilNothingLeft([1, 2, 3].map((number) => `${hubs.individual}.${number}`));
  await box.until("the hub is not told of", ({ hubs: told }) => told.every(({ port }) => port !== hubs.individual));
});

test("plugged in again, hub and all, a modem behind it is online again", async () => {
  await box.bus.plug(hubs.individual, usbHub());
  await box.bus.plug(switched.port("a healthy modem"), plainModem());
  await switched.online("a healthy modem");
});
