import { beforeAll, describe, expect, test } from "vitest";
import { type AnyActorRef, createActor, type EventObject, SimulatedClock, setup } from "xstate";
import { setupFor } from "../../../machines/access-point/setup-for.ts";
import { FailureError, type FailureKind, failure, mendOf } from "../../../machines/failure.ts";
import type { RadioContext } from "../../../machines/radio/context.ts";
import { createRadioMachine, RADIO_TIMES } from "../../../machines/radio/machine.ts";
import type { AllowedChannel, RadioSetup } from "../../../src/radio/types.ts";
import { FakeAccessPoint, radioOf, SETTINGS, verifiedAs } from "../fake-access-point.ts";
import { PORT } from "../world.ts";
import { Coverage } from "./coverage.ts";
import { explore, type Path } from "./paths.ts";

const DEVICE = radioOf(PORT);
const ABSENT = { ...DEVICE, phy: null, interface: null };
const VERIFIED = verifiedAs(DEVICE);
const setupOn = (channel: number): RadioSetup =>
  setupFor(VERIFIED, VERIFIED.channels.find((each) => each.channel === channel) as AllowedChannel, SETTINGS);

/** A radio under an owner; the path plays hostapd, the access point and the time. */
class Owned {
  readonly clock = new SimulatedClock();
  readonly fails = new Map<string, FailureKind[]>();
  readonly #waiting = new Map<string, () => void>();
  readonly holds = {
    get: (name: string) => new Promise<void>((resolve) => this.#waiting.set(name, resolve)),
  } as unknown as ReadonlyMap<string, Promise<void>>;
  readonly fake = new FakeAccessPoint(this.fails, () => this.holds);
  readonly machine = createRadioMachine({ effects: this.fake.radio, random: () => 0.5 });

  /** Walks a path and hands back the radio that did. */
  async walk(path: Path, coverage: Coverage): Promise<AnyActorRef> {
    const machine = setup({ actors: { radio: this.machine } }).createMachine({
      invoke: { id: "radio", src: "radio", input: { device: ABSENT } },
    });
    const owner = createActor(machine, { clock: this.clock, inspect: coverage.observe }).start();
    const radio = owner.getSnapshot().children.radio as AnyActorRef;
    for (const [index, { event }] of path.entries()) {
      const [, fails] = /^xstate\.error\.actor\.(watch.*)/.exec(path[index + 1]?.event.type ?? "") ?? [];
      if (fails !== undefined) this.fails.set(fails, ["Internal"]);
      await this.#happen(event, radio);
    }
    return radio;
  }

  async #happen(event: EventObject, radio: AnyActorRef): Promise<void> {
    const [, wait] = /^xstate\.after\.(\w+)/.exec(event.type) ?? [];
    const [, end, effect = ""] = /^xstate\.(done|error)\.actor\.(\w+)/.exec(event.type) ?? [];
    if (wait !== undefined) this.clock.increment(waitOf(wait, radio) + 1);
    else if (end === "error") await this.outcome(effect, kindOf(event));
    else if (end === "done") await this.outcome(effect);
    else radio.send(event);
    await turns();
  }

  async outcome(effect: string, kind?: FailureKind): Promise<void> {
    if (kind !== undefined && this.#waiting.has(effect)) this.fails.set(effect, [kind]);
    this.#waiting.get(effect)?.();
    this.#waiting.delete(effect);
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function waitOf(name: string, radio: AnyActorRef): number {
  if (name !== "retry") return RADIO_TIMES[`${name}Ms` as keyof typeof RADIO_TIMES];
  const { failure: reason } = radio.getSnapshot().context as RadioContext;
  return reason !== null && mendOf(reason.kind) === "hand" ? 1 : RADIO_TIMES.retryMaxMs * 1.2;
}

function kindOf(event: EventObject): FailureKind {
  return (event as EventObject & { error: FailureError }).error.failure.kind;
}

const told = (kind: FailureKind) => ({ failure: failure(kind, "told") });
const thrown = (kind: FailureKind) => ({ error: new FailureError(kind, "thrown") });
const WATCH_FAILS = "xstate.error.actor.watch";

const { machine } = new Owned();
const coverage = new Coverage();
const { toStates, overTransitions } = explore({
  machine,
  input: { device: ABSENT },
  cases: {
    "radio.appeared": [{ radio: DEVICE }, { radio: { ...DEVICE, interface: "wlx02" } }],
    "accessPoint.survey": [{ channels: [1, 6] }],
    "accessPoint.place": [{ setup: setupOn(1) }, { setup: setupOn(6) }],
    "accessPoint.refuse": [told("ChannelForbidden")],
    "station.joined": [{ mac: "02:00:00:00:00:01" }],
    "station.left": [{ mac: "02:00:00:00:00:01" }],
    "radio.failed": [told("HostapdRefused"), told("ProcessCrashed")],
    "xstate.done.actor.verify": [{ output: VERIFIED }],
    "xstate.error.actor.verify": [thrown("ApUnsupported"), thrown("InterfaceBusy")],
    "xstate.done.actor.survey": [{ output: [] }],
    "xstate.error.actor.survey": [thrown("SystemRefused")],
    "xstate.error.actor.add": [thrown("HostapdRefused"), thrown("ProcessCrashed")],
    "xstate.error.actor.remove": [thrown("SystemRefused")],
    [WATCH_FAILS]: [thrown("Internal")],
    "xstate.error.actor.watchInterface": [thrown("Internal")],
  },
  essence: ({ context }) => {
    const { device, verified, setup: told, stations, failure: reason, ending } = context as RadioContext;
    return [device, verified !== null, told?.channel, stations.length, reason?.kind, ending];
  },
});

const lasting = [...new Set(toStates.map(({ state }) => JSON.stringify(state.value)))]
  .map((value) => toStates.find(({ state }) => JSON.stringify(state.value) === value))
  .filter((found) => found !== undefined && found.state.status === "active")
  .map((found) => [JSON.stringify(found?.state.value), found?.path ?? []] as const);

beforeAll(async () => {
  for (const path of overTransitions) await new Owned().walk(path, coverage);
});

test("every state of a radio is reached", () => {
  expect(coverage.statesMissed(machine)).toEqual([]);
});

test("every transition of a radio is taken", () => {
  expect(coverage.transitionsMissed(machine)).toEqual([]);
});

test("wherever a radio is faulted it says why", () => {
  const silent = toStates.filter(({ state }) => state.hasTag("faulted") && state.context.failure === null);
  expect(silent.map(({ state }) => state.value)).toEqual([]);
});

describe.each(lasting)("from %s", (_, path) => {
  test("told to stop it ends in time, is out of hostapd, and is watched no more", async () => {
    const owned = new Owned();
    const radio = await owned.walk(path, new Coverage());
    radio.send({ type: "radio.stop" });
    await turns();
    owned.clock.increment(RADIO_TIMES.removeTimeoutMs + 1);
    await turns();
    expect(radio.getSnapshot().value).toBe("released");
    expect(owned.fake.watchers.size).toBe(0);
  });

  test("pulled out it waits for one to come, without stations and without a place", async () => {
    const owned = new Owned();
    const radio = await owned.walk(path, new Coverage());
    radio.send({ type: "radio.vanished" });
    await turns();
    await owned.outcome("remove");
    const { value, context } = radio.getSnapshot();
    expect(value).toBe(radio.getSnapshot().status === "done" ? "released" : "identifying");
    expect([context.device.phy, context.verified, context.setup, context.stations]).toEqual([null, null, null, []]);
  });
});
