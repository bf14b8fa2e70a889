import { failure } from "../../machines/failure.ts";
import type { PortPath } from "../../src/hotplug/types.ts";
import type { HubStatus } from "../../src/inspector/types.ts";
import { radioOf } from "../machines/fake-access-point.ts";
import { DONGLE } from "../machines/fake-devices.ts";
import type { Telling } from "./lived.ts";

const port = (text: string): PortPath => text as PortPath;
export const GOOD = port("1-1.1");
export const YANKED = port("1-1.2");
/** “Stick 3”: dead for seven minutes, as its network refused it. */
export const DENIED = port("1-1.3");
export const SIMLESS = port("1-1.4");
export const RADIO = port("1-1.6");
export const TRIP_MS = 20 * 60_000;
/** How long after the begin stick 3 died, and for how long it was down. */
export const DIED_AFTER_MS = 6 * 60_000;
export const DOWN_MS = 7 * 60_000;

const device = (at: PortPath, milliamps: number) => ({ port: at, name: "MF102", milliamps });

export const HUBS: readonly HubStatus[] = [
  { port: "usb1", drawnMilliamps: 100, budgetMilliamps: 2000, over: false, devices: [], note: null },
  {
    port: port("1-1"),
    drawnMilliamps: 2110,
    budgetMilliamps: 2000,
    over: true,
    devices: [GOOD, YANKED, DENIED, SIMLESS].map((each) => device(each, 500)),
    note: "MF102 in 1-1.1, MF102 in 1-1.2, MF102 in 1-1.3 and MF102 in 1-1.4 may draw more than the hub gives; use a stronger supply",
  },
];

/** A trip by bus: four sticks and a radio on one hub; one pulled and put back, one dead for a while, one without a SIM. */
export async function busTrip({ world, journal, pass, say }: Telling): Promise<void> {
  const begin = Date.now();
  journal.write({ port: null, topic: "agent", text: "wanherd 0.0.0 runs" });
  world.random = () => 0.1;
  await pass(5_000);
  for (const each of [GOOD, YANKED, DENIED]) await comeUp(each);
  await world.plug("12d1:1001", SIMLESS);
  await pass(1_000);
  world.fails.set("identify", ["SimMissing"]);
  await world.tty(1, SIMLESS);
  await world.tty(3, SIMLESS);
  say(SIMLESS, "→ AT+CPIN?", "← +CME ERROR: 10");
  await pass(3_000);
  await world.plug(DONGLE, RADIO);
  await pass(1_000);
  await world.radio(radioOf(RADIO));
  await pass(4_000);

  await pass(DIED_AFTER_MS - sinceBegin());
  const died = sinceBegin();
  world.link.get(DENIED)?.({
    type: "link.dead",
    failure: failure("LinkDead", `${DENIED}: nothing came in for 4.5 s, and four questions were not answered`),
  });
  say(DENIED, "→ ATH", "← OK");
  await world.register("searching", DENIED);
  await pass(2_500);
  say(DENIED, "→ AT+CREG?", "← +CREG: 2,3", "→ AT+COPS?", "← +COPS: 0");
  await world.register("denied", DENIED);
  await pass(90_000);
  await pull(YANKED);
  await pass(40_000);
  await comeUp(YANKED);
  await pass(DIED_AFTER_MS + DOWN_MS - 6_000 - sinceBegin());
  say(DENIED, "← +CREG: 1", "→ AT+COPS?", '← +COPS: 0,0,"Testnet",2');
  await world.register("home", DENIED);
  await pass(2_000);
  say(DENIED, "→ ATD*99***1#", "← CONNECT");
  await pass(3_500);
  await world.pppUp(DENIED);
  await pass(12_000);
  world.link.get(DENIED)?.({ type: "link.well" });
  if (died > DIED_AFTER_MS + 1_000) throw new Error("the trip began later than it is told");
  await pass(TRIP_MS - sinceBegin());

  function sinceBegin(): number {
    return Date.now() - begin;
  }

  async function comeUp(each: PortPath): Promise<void> {
    await world.plug("19d2:2000", each);
    await pass(1_500);
    await world.detach(each);
    await pass(1_000);
    await world.plug("19d2:0031", each);
    await pass(500);
    await world.tty(1, each);
    await world.tty(3, each);
    say(each, "→ ATZ", "← OK", "→ AT+CPIN?", "← +CPIN: READY", "→ AT+CIMI", "← 240071234567890", "← OK");
    await pass(2_000);
    say(each, "→ AT+CREG?", "← +CREG: 2,1", "→ AT+CSQ", "← +CSQ: 21,99");
    await world.register("home", each);
    await pass(1_500);
    say(each, "→ ATD*99***1#", "← CONNECT 7200000");
    await pass(1_500);
    await world.pppUp(each);
    await pass(500);
  }

  async function pull(each: PortPath): Promise<void> {
    await world.ttyGone(3, each);
    await world.pppEnds("LinkLost", each);
    await pass(200);
    await world.detach(each);
  }
}
