import { expect } from "vitest";
import { LADDER } from "../../../machines/modem/recovery.ts";
import { PORT } from "../world.ts";
import { checkInvariants } from "./invariants.ts";
import type { Stage } from "./stage.ts";

/** A teardown takes pppd 6 s and the open ports 6 s at worst. */
const TEARDOWN_MS = 15_000;
/** How long a device is awaited that vanished by a switch or a step of its recovery. */
const RETURN_MS = 75_000;
/** Longest rest, and a call after it. */
const LIVELY_MS = 10 * 60_000;

/** How a device is pulled out: what is heard of it, in which order. */
export const YANKS = ["its ttys go first", "nothing but the device is heard of"] as const;

/** Pulls the device out, and sees that an empty port is all that is left. */
export async function yank(stage: Stage, how: (typeof YANKS)[number]): Promise<void> {
  stage.pppdLingers = false;
  if (how === "its ttys go first") {
    for (const number of [1, 3]) await stage.ttyGone(number);
    const gone = { kind: "DeviceGone", message: "the port was hung up" } as const;
    await stage.tell(stage.registration, { type: "registration.failed", failure: gone });
    await stage.pppEnds("LinkLost");
    for (const effect of stage.holds.waiting) await stage.outcome(effect, "DeviceGone");
  }
  const expected = [stage.portState, stage.modemState].some((state) => state?.hasTag("unplugExpected"));
  await stage.detach();
  checkInvariants(stage);
  await passUntilLabel(stage, /^(empty|recovering|switching)$/, TEARDOWN_MS);
  if (!expected) expect(stage.label()).toBe("empty");
  await passUntilLabel(stage, /^empty$/, RETURN_MS);
  expect(stage.label()).toBe("empty");
  // hostapd lingers a little, and what was heard of neighbours is known for a while.
  await stage.pass(601_000);
  nothingLeft(stage);
}

/** Stops the agent, and sees that everything ends in time and the network is put back. */
export async function restart(stage: Stage): Promise<void> {
  stage.pppdLingers = false;
  stage.agent.send({ type: "agent.stop" });
  await stage.settle();
  const end = stage.clock.now() + TEARDOWN_MS;
  while (stage.agent.getSnapshot().status === "active" && stage.clock.now() < end) {
    if (!(await stage.passToNextTimer())) break;
  }
  expect(stage.agent.getSnapshot().status).toBe("done");
  expect(stage.restored).toBe(1);
  expect([...stage.actors].filter((actor) => actor.getSnapshot().status === "active").map(({ id }) => id)).toEqual([]);
  nothingLeft(stage);
}

/** From now on every effect works, the network is there and a hand has mended what it can: the modem must get online. */
export async function getsOnline(stage: Stage): Promise<void> {
  await stage.turnGood();
  const end = stage.clock.now() + LIVELY_MS;
  while ((stage.label() !== "online" || !isWell(stage)) && stage.clock.now() < end) {
    const before = stage.label();
    if (before === "online") await stage.tell(stage.link, { type: "link.well" });
    if (/^(registering|denied|abroad)$/.test(before)) await stage.register("home");
    else if (before === "negotiating") await stage.pppUp();
    else if (stage.sim.has(PORT)) await stage.tell(stage.sim, { type: "sim.changed" });
    const waits = stage.label() === before;
    if (waits && !(await stage.passToNextTimer())) break;
    checkInvariants(stage);
  }
  expect(stage.label()).toBe("online");
  expect(stage.modemContext()?.failure).toBeNull();
}

/** Its link gets new connections. */
function isWell({ modemState }: Stage): boolean {
  return modemState?.matches({ working: { connecting: { call: { online: "good" } } } }) ?? false;
}

function nothingLeft(stage: Stage): void {
  expect(stage.crashes).toEqual([]);
  expect([stage.modemState, stage.radioState]).toEqual([undefined, undefined]);
  expect([stage.hotspot.runs, stage.hotspot.watchers.size], "hostapd, and a radio watched").toEqual([false, 0]);
  const running = [stage.pppd, stage.registration, stage.sim, stage.link].map(({ size }) => size);
  expect(running, "pppd, watchers of registration, SIM and link").toEqual([0, 0, 0, 0]);
  expect(stage.holdsTurn, "a turn held").toBe(false);
  expect(stage.timers, "timers").toBe(0);
  const opened = [...LADDER, "findPorts"].some((effect) => stage.callsOf(effect) > 0);
  if (opened) expect(stage.callsOf("release"), "what was opened is closed").toBeGreaterThan(0);
}

async function passUntilLabel(stage: Stage, label: RegExp, withinMs: number): Promise<void> {
  const end = stage.clock.now() + withinMs;
  while (!label.test(stage.label()) && stage.clock.now() < end && (await stage.passToNextTimer())) {}
}
