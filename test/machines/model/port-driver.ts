import { expect } from "vitest";
import type { EventObject } from "xstate";
import type { Failure } from "../../../machines/failure.ts";
import type { Tty, UsbDevice } from "../../../src/hotplug/types.ts";
import { radioOf } from "../fake-access-point.ts";
import { PORT } from "../world.ts";
import { checkInvariants } from "./invariants.ts";
import type { Path } from "./paths.ts";
import { DEVICES } from "./port-events.ts";
import type { Stage } from "./stage.ts";

/** Only what a port's own events speak of waits to be told what it comes to; the modem in it goes its way. */
const GATED = ["switchMode", "release", "takeTurn", "isWifi", "remove"];
const CLEAR_TIMEOUT = "xstate.after.clearTimeout.";
/**
 * Beyond the port's bound for a teardown, within the agent's. A modem bounds its own teardown within it: only a machine that
 * slept meanwhile sees the port's.
 */
const ASLEEP_MS = 21_000;
/** Three times without ports, and the rests between them. */
const RECOVERY_DUE_MS = 300_000;

/** All that an event of a path may carry. */
type Happening = EventObject & {
  readonly device: UsbDevice;
  readonly tty: Tty;
  readonly enabled: boolean;
  readonly now?: boolean;
  readonly left: number;
  readonly output: boolean;
  readonly failure: Failure;
  readonly error: { readonly failure: Failure };
};

/** Leads a port along a path, as far as time and its modem let it go there. */
export async function walkPort(stage: Stage, path: Path): Promise<void> {
  stage.holds.gateOnly(GATED);
  stage.pppdWaits = true;
  // A port is there from its first device on.
  await stage.plug(DEVICES.hub);
  await stage.detach();
  stage.connections = 3;
  const hangs = path.some(({ event }) => event.type.startsWith(CLEAR_TIMEOUT));
  for (const [index, { event, state }] of path.entries()) {
    stage.pppdLingers = hangs;
    if (path[index + 1]?.event.type === "xstate.error.actor.watchDrain") stage.fails.set("watchDrain", ["Internal"]);
    await happen(stage, event as Happening);
    // What hangs is pppd.
    if (hangs && state.matches({ occupied: "serving" })) await bringTtys(stage);
    checkInvariants(stage);
  }
}

/** Makes the world do what an event of the model says happened. */
async function happen(stage: Stage, event: Happening): Promise<void> {
  const { type } = event;
  if (type.startsWith(CLEAR_TIMEOUT)) return stage.pass(ASLEEP_MS);
  if (type.startsWith("xstate.after.")) return stage.passUntil(type);
  // The agent passes nothing on any more.
  if (stage.stopping && !type.startsWith("xstate.")) return stage.sendToPort(event);
  switch (type) {
    case "device.attached":
      return stage.plug(idOf(event.device));
    case "device.detached":
      return stage.detach();
    case "tty.appeared":
      return stage.tty(event.tty.interface);
    case "tty.vanished":
      return stage.ttyGone(1);
    case "port.retry":
      return stage.command("retry");
    case "port.disable":
      return stage.command("disable", event.now);
    case "port.enable":
      return stage.command("enable");
    case "port.configured":
      stage.settings.set(PORT, { enabled: event.enabled, weight: 1 });
      return stage.configure();
    case "port.stop":
      stage.agent.send({ type: "agent.stop" });
      return stage.settle();
    case "radio.appeared":
      return stage.radio(radioOf(PORT));
    case "radio.vanished":
      return stage.radio(null);
    // What the radio and the access point say to each other goes by itself.
    case "radio.offered":
    case "radio.surveyed":
    case "radio.serving":
    case "accessPoint.survey":
    case "accessPoint.place":
      return stage.settle();
    case "accessPoint.down":
      stage.hotspot.hostapdEnds();
      return stage.settle();
    case "accessPoint.refuse":
      return allowChannels(stage, [13]);
    case "radio.withdrawn":
      await allowChannels(stage, [13]);
      await stage.outcome("remove");
      return;
    case "xstate.done.actor.isWifi":
      stage.hotspot.wifi = event.output;
      await stage.outcome("isWifi");
      return;
    case "xstate.error.actor.isWifi":
      await stage.outcome("isWifi", "Internal");
      return;
    case "xstate.done.actor.radio":
      await stage.outcome("remove");
      return;
    case "xstate.error.actor.radio":
      return crashRadio(stage);
    case "modem.online":
      return bringOnline(stage);
    case "modem.offline":
      return stage.tell(stage.link, { type: "link.dead", failure: { kind: "LinkDead", message: "" } });
    case "drain.counted":
      return stage.tell(stage.drain, { type, left: event.left });
    case "drain.failed":
      return stage.tell(stage.drain, { type, failure: event.failure });
    case "modem.recovery":
      return needRecovery(stage);
    case "xstate.done.actor.switchMode":
      await stage.outcome("switchMode");
      return;
    case "xstate.error.actor.switchMode":
      await stage.outcome("switchMode", event.error.failure.kind);
      return;
    // It failed the moment its state was entered.
    case "xstate.error.actor.watchDrain":
      return;
    case "xstate.done.actor.modem":
      await stage.outcome("release");
      return;
    case "xstate.error.actor.modem":
      return crashModem(stage);
    default:
      throw new Error(`nothing is known of how ${type} happens`);
  }
}

async function bringTtys(stage: Stage): Promise<void> {
  for (const number of [1, 3]) await stage.tty(number);
}

async function bringOnline(stage: Stage): Promise<void> {
  await bringTtys(stage);
  await stage.register("home");
  await stage.pppUp();
}

/** The modem's ports do not come, until a step of its recovery is due; its turn does not come before the test says so. */
async function needRecovery(stage: Stage): Promise<void> {
  const end = stage.clock.now() + RECOVERY_DUE_MS;
  while (stage.context()?.recovery.step === null && stage.clock.now() < end && (await stage.passToNextTimer())) {}
}

/** What the config lets radios use; a radio that may use none of it is refused. */
async function allowChannels(stage: Stage, channels: readonly number[]): Promise<void> {
  stage.hotspot.settings = { ...stage.hotspot.settings, channels };
  await stage.configure();
}

/** A fault of our own in the radio's machine, when it has failed. */
async function crashRadio(stage: Stage): Promise<void> {
  stage.random = () => {
    throw new Error("no random number");
  };
  stage.hotspot.failRadio("wlan0", "HostapdRefused");
  await stage.settle();
  await stage.outcome("remove");
  stage.random = () => 0.5;
  expect(stage.crashes.splice(0)).toEqual(["radio: Error: no random number"]);
}

/** A fault of our own in the modem's machine, where it has nothing under way. */
async function crashModem(stage: Stage): Promise<void> {
  stage.fails.set("findPorts", ["PortSilent"]);
  await bringTtys(stage);
  stage.random = () => {
    throw new Error("no random number");
  };
  await stage.outcome("release");
  stage.random = () => 0.5;
  expect(stage.crashes.splice(0)).toEqual(["modem: Error: no random number"]);
}

function idOf({ vendorId, productId }: UsbDevice): string {
  return [vendorId, productId].map((id) => id.toString(16).padStart(4, "0")).join(":");
}
