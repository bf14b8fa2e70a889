import { beforeAll, describe, expect, test } from "vitest";
import { type AnyActorRef, createActor, type EventObject, SimulatedClock, setup } from "xstate";
import type { AccessPointContext } from "../../../machines/access-point/context.ts";
import type { AccessPointSettings } from "../../../machines/access-point/effects.ts";
import { createAccessPointMachine } from "../../../machines/access-point/machine.ts";
import { FailureError, type FailureKind } from "../../../machines/failure.ts";
import type { RadioOrder } from "../../../machines/radio/context.ts";
import type { RadioId } from "../../../src/radio/types.ts";
import { FakeAccessPoint, radioOf, SETTINGS, verifiedAs } from "../fake-access-point.ts";
import { Coverage } from "./coverage.ts";
import { explore, type Path } from "./paths.ts";

const [A, B] = [radioOf("1-1", 0), radioOf("1-2", 1)];
const OFF: AccessPointSettings = { ...SETTINGS, enabled: false };
const WIRED: AccessPointSettings = { ...SETTINGS, lan: { ...SETTINGS.lan, ports: ["eth1"] } };
/** Longer than any backoff of hostapd's, and than what is known of neighbours. */
const LONG_MS = 700_000;
const WAITS: Readonly<Record<string, number>> = {
  linger: 3_001,
  neighbours: 600_001,
  failed: 60_001,
  restoreTimeout: 8_001,
  retry: 72_001,
};

/** The access point under an owner; the path plays the radios, hostapd, the kernel and the time. */
class Owned {
  readonly clock = new SimulatedClock();
  readonly #fails = new Map<string, FailureKind[]>();
  readonly #waiting = new Map<string, () => void>();
  readonly fake = new FakeAccessPoint(this.#fails, () => this.#holds);
  readonly orders: { id: RadioId; order: RadioOrder }[] = [];
  readonly machine = createAccessPointMachine(this.fake.accessPoint, () => this.random());
  random = (): number => 0.5;
  #open = false;
  readonly #holds = {
    get: (name: string) => (this.#open ? undefined : new Promise<void>((resolve) => this.#waiting.set(name, resolve))),
  } as unknown as ReadonlyMap<string, Promise<void>>;

  /** Walks a path and hands back the access point that did. */
  async walk(path: Path, coverage: Coverage): Promise<AnyActorRef> {
    this.fake.hostapdIsSlow = true;
    this.fake.hostapdLingers = true;
    const orders = this.orders;
    const machine = setup({ actors: { accessPoint: this.machine } }).createMachine({
      invoke: { id: "accessPoint", src: "accessPoint" },
      on: { "radio.order": { actions: ({ event }) => void orders.push(event as never) } },
    });
    const owner = createActor(machine, { clock: this.clock, inspect: coverage.observe }).start();
    const accessPoint = owner.getSnapshot().children.accessPoint as AnyActorRef;
    for (const { event } of path) await this.#happen(event, accessPoint);
    return accessPoint;
  }

  async #happen(event: EventObject & { settings?: AccessPointSettings }, accessPoint: AnyActorRef): Promise<void> {
    const [, wait] = /^xstate\.after\.(\w+)/.exec(event.type) ?? [];
    const [, end, effect = ""] = /^xstate\.(done|error)\.actor\.(\w+)/.exec(event.type) ?? [];
    if (wait !== undefined) this.clock.increment(WAITS[wait] ?? 0);
    else if (effect === "hostapd" && end === "done") this.fake.hostapdEnds();
    else if (effect === "hostapd") this.#crashHostapd();
    else if (end !== undefined) await this.outcome(effect, end === "error" ? "LanCollides" : undefined);
    else if (event.type === "daemon.ready") this.fake.hostapdReady();
    else if (event.type === "daemon.ending") this.clock.increment(15_001);
    else if (event.type === "daemon.exited") this.fake.hostapdEnds();
    else if (event.type === "daemon.notice") this.fake.hostapdNotes("soon");
    else {
      this.fake.settings = event.settings ?? this.fake.settings;
      accessPoint.send(event);
    }
    await turns();
  }

  #crashHostapd(): void {
    this.random = () => {
      throw new Error("no random number");
    };
    this.fake.hostapdEnds();
    this.random = () => 0.5;
  }

  async outcome(effect: string, kind?: FailureKind): Promise<void> {
    if (kind !== undefined && this.#waiting.has(effect)) this.#fails.set(effect, [kind]);
    this.#waiting.get(effect)?.();
    this.#waiting.delete(effect);
    await turns();
  }

  /** From now on everything works. */
  async turnGood(): Promise<void> {
    this.#open = true;
    this.fake.hostapdIsSlow = false;
    this.fake.hostapdLingers = false;
    for (const effect of [...this.#waiting.keys()]) await this.outcome(effect);
    this.fake.hostapdReady();
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const { machine } = new Owned();
const coverage = new Coverage();
const thrown = { error: new FailureError("LanCollides", "thrown") };
const world = new FakeAccessPoint(new Map(), () => new Map());
const { toStates, overTransitions } = explore({
  machine: createAccessPointMachine({ ...world.accessPoint, settings: () => world.settings }, () => 0.5),
  input: {},
  cases: {
    "radio.offered": [A, B].map((device) => ({ id: device.id, radio: verifiedAs(device) })),
    "radio.surveyed": [{ id: A.id, neighbours: [] }],
    "radio.serving": [{ id: A.id }],
    "radio.withdrawn": [A, B].map(({ id }) => ({ id })),
    "accessPoint.configured": [SETTINGS, OFF, WIRED].map((settings) => ({ settings })),
    "daemon.notice": [{ name: "soon" }],
    "daemon.ready": [{ detail: {} }],
    "daemon.exited": [{ failure: null }],
    "xstate.done.actor.applyLan": [{ output: SETTINGS.lan }, { output: WIRED.lan }],
    "xstate.error.actor.applyLan": [thrown],
    "xstate.error.actor.restoreLan": [thrown],
    "xstate.error.actor.hostapd": [thrown],
  },
  // Two radios are as good as many; hostapd ends when it was told to.
  impossible: ({ value, context }, { type, ...event }) => {
    const { settings, surveyor } = context as AccessPointContext;
    if (type === "xstate.done.actor.applyLan") {
      return JSON.stringify((event as { output?: unknown }).output) !== JSON.stringify(settings.lan);
    }
    const { hostapd } = value as { hostapd: unknown };
    const isStopping = JSON.stringify(hostapd) === '{"on":"stopping"}';
    if (type === "xstate.done.actor.hostapd") return !isStopping;
    if (type === "xstate.error.actor.hostapd" || type.startsWith("daemon.")) return isStopping;
    return type === "radio.surveyed" && surveyor === null;
  },
  essence: ({ context }) => {
    const { settings, members, neighbours, lanWanted, lan, hostapdReady, ending } = context as AccessPointContext;
    return [
      settings.enabled,
      settings.lan.ports,
      members.length,
      neighbours,
      lanWanted,
      lan?.ports,
      hostapdReady,
      ending,
    ];
  },
  outside: {
    allowedAtFirst: true,
    events: [],
    set: () => {},
    after: (allowed, event) => {
      if ("settings" in event) world.settings = event.settings as AccessPointSettings;
      return allowed;
    },
  },
});

const lasting = [...new Set(toStates.map(({ state }) => JSON.stringify(state.value)))].flatMap((value) => {
  const found = toStates.find(({ state }) => JSON.stringify(state.value) === value);
  return found === undefined || found.state.status !== "active" ? [] : [[value, found.path] as const];
});

beforeAll(async () => {
  for (const path of overTransitions) await new Owned().walk(path, coverage);
});

test("every state of the access point is reached", () => {
  expect(coverage.statesMissed(machine)).toEqual([]);
});

test("every transition of the access point is taken", () => {
  expect(coverage.transitionsMissed(machine)).toEqual([]);
});

describe.each(lasting)("from %s", (_, path) => {
  test("told to stop, without its radios, it ends in time, and nothing of it is left", async () => {
    const owned = new Owned();
    const accessPoint = await owned.walk(path, new Coverage());
    await owned.turnGood();
    const isActive = (): boolean => accessPoint.getSnapshot().status === "active";
    for (const { id } of isActive() ? [A, B] : []) accessPoint.send({ type: "radio.withdrawn", id });
    if (isActive()) accessPoint.send({ type: "accessPoint.stop" });
    await turns();
    for (let second = 0; second < 10; second++) {
      owned.clock.increment(1_000);
      await turns();
    }
    expect(accessPoint.getSnapshot().status).toBe("done");
    expect([owned.fake.runs, owned.fake.lan]).toEqual([false, null]);
  });

  test("when all is well again, a radio that offers itself is told what to be", async () => {
    const owned = new Owned();
    const accessPoint = await owned.walk(path, new Coverage());
    const { ending } = accessPoint.getSnapshot().context as AccessPointContext;
    if (ending) return;
    owned.fake.settings = SETTINGS;
    accessPoint.send({ type: "accessPoint.configured" });
    await owned.turnGood();
    owned.clock.increment(LONG_MS);
    await owned.turnGood();
    owned.orders.length = 0;
    accessPoint.send({ type: "radio.offered", id: A.id, radio: verifiedAs(A) });
    for (const { id, order } of [...owned.orders]) {
      if (order.type === "accessPoint.survey") accessPoint.send({ type: "radio.surveyed", id, neighbours: [] });
    }
    await turns();
    owned.fake.hostapdReady();
    await turns();
    const told = owned.orders.filter(({ id, order }) => id === A.id && order.type === "accessPoint.place");
    expect(told).toHaveLength(1);
  });
});
