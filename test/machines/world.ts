import { type AnyActorRef, createActor, type InspectionEvent, SimulatedClock } from "xstate";
import type { AccessPointContext } from "../../machines/access-point/context.ts";
import { createAgentMachine } from "../../machines/agent/machine.ts";
import { portActorId } from "../../machines/agent/setup.ts";
import type { ProcessEvent } from "../../machines/daemon/effects.ts";
import { FailureError, type FailureKind, failure } from "../../machines/failure.ts";
import type { AdoptedModem, ModemEffects, RegistrationEvent, SimEvent } from "../../machines/modem/effects.ts";
import type { DrainEvent } from "../../machines/port/effects.ts";
import type { Names } from "../../machines/resolver/effects.ts";
import type { AdoptedMember, LinkEvent, PoolCause, PoolSettings } from "../../machines/uplinks/effects.ts";
import { portLabel } from "../../src/agent/labels.ts";
import type { HotplugEvent, PortPath, Tty } from "../../src/hotplug/types.ts";
import type { DesiredNetwork, Ipv6Addresses } from "../../src/net/types.ts";
import type { RadioDevice, RadioId } from "../../src/radio/types.ts";
import { device } from "../unit/rules/device.ts";
import { FakeAccessPoint } from "./fake-access-point.ts";
import { FakeBundle } from "./fake-bundle.ts";
import { identityOf } from "./fake-devices.ts";
import { FakeInterfaces } from "./fake-interfaces.ts";

export const PORT = "1-1" as PortPath;

/** Effects of a machine test: nothing happens by itself, the test says what each effect comes to. */
export class World {
  readonly clock = new SimulatedClock();
  readonly applied: DesiredNetwork[] = [];
  /** Why, beside each of them. */
  readonly reasons: (readonly PoolCause[])[] = [];
  readonly names: Names[] = [];
  readonly calls: string[] = [];
  readonly settings = new Map<PortPath, { enabled: boolean; weight: number }>();
  /** Labels that each port went through, without repetitions. */
  readonly seen = new Map<PortPath, string[]>();
  /** What the next call of an effect comes to; without an entry it succeeds at once. */
  readonly fails = new Map<string, FailureKind[]>();
  readonly holds = new Map<string, Promise<void>>();
  readonly pppd = new Map<PortPath, (event: ProcessEvent) => void>();
  readonly registration = new Map<PortPath, (event: RegistrationEvent) => void>();
  readonly sim = new Map<PortPath, (event: SimEvent) => void>();
  readonly link = new Map<PortPath, (event: LinkEvent) => void>();
  readonly drain = new Map<PortPath, (event: DrainEvent) => void>();
  /** How many connections a link that is drained has at first. */
  connections = 0;
  drainMs = 60_000;
  /** Which interfaces have IPv6 from now on. */
  ipv6: (addresses: Ipv6Addresses) => void = () => {};
  /** What an earlier agent left: in the pool, and, by port, what its modem finds. */
  left: readonly AdoptedMember[] = [];
  readonly adoptable = new Map<PortPath, AdoptedModem>();
  readonly interfaces = new FakeInterfaces();
  readonly hotspot = new FakeAccessPoint(this.fails, () => this.holds);
  roaming = true;
  /** Whether names are answered: what is of no interest in most tests. */
  dns = false;
  /** pppd asks for the call as soon as it runs. */
  pppdWaits = true;
  /** pppd does not end when it is told to, until the test ends it. */
  pppdLingers = false;
  /** Ports whose pppd was told to end and has not yet. */
  readonly pppdEnding = new Set<PortPath>();
  random = (): number => 0.5;
  restored = 0;
  /** What the next looks at the kernel find; without an entry nothing. */
  readonly drift: (readonly string[])[] = [];
  readonly gaveWay: (readonly string[])[] = [];
  /** Somebody changes something of ours in the kernel. */
  touch = (): void => {};
  #emit: (event: HotplugEvent) => void = () => {};
  #address = 1;
  /** Ports whose next pppd runs already. */
  readonly #adopted = new Set<PortPath>();

  readonly bundle = new FakeBundle();
  /** What a hand has said of the uplinks; `uplinks.configured` tells the machines that it is another. */
  byHand = (): PoolSettings["byHand"] => ({});

  /** Told of all that the machines do, as a journal is. */
  readonly inspectors: ((event: InspectionEvent) => void)[] = [];

  readonly agent = createActor(
    createAgentMachine({
      effects: {
        prepare: async () => {
          await this.#effect("prepare");
          return this.left;
        },
        abandon: () => this.#effect("abandon"),
        watchHotplug: (emit) => {
          this.#emit = emit;
          return () => {
            this.#emit = () => {};
          };
        },
        namedRadios: () => this.hotspot.named,
      },
      radio: this.hotspot.radio,
      accessPoint: this.hotspot.accessPoint,
      port: {
        modemDrivers: ["option", "cdc_acm"],
        rules: { identify: (device) => identityOf(device) },
        switchMode: ({ device }) => this.#effect("switchMode", device.port),
        settings: (port) => ({ enabled: this.settings.get(port)?.enabled ?? true, drainMs: this.drainMs }),
        radioEnabled: (port) => this.settings.get(port)?.enabled ?? true,
        isWifi: async () => {
          await this.#effect("isWifi");
          return this.hotspot.wifi;
        },
        setEnabled: (port, enabled) => {
          this.settings.set(port, { weight: 1, ...this.settings.get(port), enabled });
        },
        watchDrain: (port, emit) => {
          this.#failIfDue("watchDrain");
          this.drain.set(port, emit);
          void Promise.resolve().then(() => emit({ type: "drain.counted", left: this.connections }));
          return () => this.drain.delete(port);
        },
        interfaceFor: (port) => `wan${port}`,
      },
      modem: this.#modemEffects(),
      uplinks: {
        apply: async (desired, because) => {
          await this.#effect("apply");
          this.applied.push(desired);
          this.reasons.push(because);
        },
        verify: async () => {
          await this.#effect("verify");
          return this.drift.shift() ?? [];
        },
        watchKernel: (emit) => {
          this.touch = () => emit({ type: "kernel.touched" });
          return () => {
            this.touch = () => {};
          };
        },
        giveWay: (drift) => {
          this.gaveWay.push(drift);
        },
        restore: async () => {
          this.restored++;
        },
        watchIpv6: (emit) => {
          this.ipv6 = emit;
          return () => {};
        },
        settings: () => ({
          lan: "lan-br",
          lanPrefix: "fd00:db8::/64",
          by: "connection",
          rules: [],
          byHand: this.byHand(),
          measured: {},
        }),
      },
      interfaces: this.interfaces,
      resolver: {
        run: (_, emit) => {
          void Promise.resolve().then(() => emit({ type: "process.ready", detail: {} }));
          const end = (): void => void Promise.resolve().then(() => emit({ type: "process.exited", failure: null }));
          return { terminate: end, kill: end };
        },
        apply: async (names) => void this.names.push(names),
        restore: async () => void this.calls.push("restore names"),
        settings: () => ({ enabled: this.dns, names: true, dhcp: null, lan: "lan-br" }),
      },
      bundle: this.bundle,
      random: () => this.random(),
    }),
    { clock: this.clock, inspect: (event) => this.#watch(event) },
  );

  async start(): Promise<this> {
    this.agent.start();
    await this.settle();
    // The start itself, with its empty pool, is not what a test looks at.
    this.applied.length = 0;
    this.reasons.length = 0;
    this.calls.length = 0;
    return this;
  }

  /** Lets every promise that is due come through. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async pass(ms: number): Promise<void> {
    this.clock.increment(ms);
    await this.settle();
  }

  async plug(id: string, port: PortPath = PORT): Promise<void> {
    this.#emit({ type: "device.attached", device: device(id, [], { port, address: this.#address++ }) });
    await this.settle();
  }

  async unplug(port: PortPath = PORT): Promise<void> {
    await this.pppEnds("LinkLost", port);
    await this.detach(port);
  }

  /** The device is gone, and nothing else has been heard of it. */
  async detach(port: PortPath = PORT): Promise<void> {
    this.#emit({ type: "device.detached", port, address: this.#address - 1 });
    await this.settle();
  }

  async tty(number: number, port: PortPath = PORT, driver = "option"): Promise<void> {
    const tty: Tty = { port, interface: number, path: `/dev/wanherd/${port}/if0${number}`, driver };
    this.#emit({ type: "tty.appeared", tty });
    await this.settle();
  }

  async ttyGone(number: number, port: PortPath = PORT): Promise<void> {
    this.#emit({ type: "tty.vanished", port, interface: number });
    await this.settle();
  }

  /** A driver has made a radio of what is in the port, or of something that is no USB device; null: it is gone again. */
  async radio(radio: RadioDevice | null, id: RadioId = radio?.id ?? PORT): Promise<void> {
    this.#emit(radio === null ? { type: "radio.vanished", id } : { type: "radio.appeared", radio });
    await this.settle();
  }

  async register(status: "home" | "denied" | "roaming" | "searching" = "home", port: PortPath = PORT): Promise<void> {
    this.registration.get(port)?.({
      type: "registration.changed",
      registration: { status, technology: "HSPA", operator: "Testnet", signalDbm: -71 },
    });
    await this.settle();
  }

  async pppUp(port: PortPath = PORT): Promise<void> {
    const detail = { interface: `wan${port}`, address: "10.0.0.2", peer: "10.0.0.1", dns: [] };
    this.pppd.get(port)?.({ type: "process.ready", detail });
    await this.settle();
  }

  async pppEnds(kind: FailureKind, port: PortPath = PORT): Promise<void> {
    const emit = this.pppd.get(port);
    const asked = this.pppdEnding.delete(port);
    this.pppd.delete(port);
    emit?.({ type: "process.exited", failure: asked ? null : failure(kind, "pppd ended") });
    await this.settle();
  }

  /** A stick that needs no switch, brought online. */
  async bringOnline(port: PortPath = PORT): Promise<void> {
    await this.plug("12d1:1001", port);
    await this.tty(1, port);
    await this.tty(3, port);
    await this.register("home", port);
    await this.pppUp(port);
  }

  label(port: PortPath = PORT): string {
    const actor = this.#port(port);
    if (actor === undefined) return "no actor";
    const snapshot = actor.getSnapshot();
    const modem = snapshot.children.modem?.getSnapshot();
    const radio = snapshot.children.radio?.getSnapshot();
    return portLabel(snapshot.value, modem?.value ?? null, radio?.value ?? null);
  }

  context(port: PortPath = PORT) {
    return this.#port(port)?.getSnapshot().context;
  }

  radioContext(port: PortPath = PORT) {
    return this.#port(port)?.getSnapshot().children.radio?.getSnapshot().context;
  }

  /** What the access point's machine knows. */
  accessPointContext() {
    const actor = (this.agent.getSnapshot().children as Record<string, AnyActorRef | undefined>).accessPoint;
    return actor?.getSnapshot().context as AccessPointContext | undefined;
  }

  modemContext(port: PortPath = PORT) {
    return this.#port(port)?.getSnapshot().children.modem?.getSnapshot().context;
  }

  path(port: PortPath = PORT): string {
    return (this.seen.get(port) ?? []).join(" ");
  }

  #port(port: PortPath): AnyActorRef | undefined {
    return (this.agent.getSnapshot().children as Record<string, AnyActorRef | undefined>)[portActorId(port)];
  }

  #watch(event: InspectionEvent): void {
    for (const inspect of this.inspectors) inspect(event);
    if (event.type !== "@xstate.snapshot") return;
    for (const port of this.agent?.getSnapshot().context.ports ?? []) {
      const labels = this.seen.get(port) ?? [];
      const label = this.label(port);
      if (label !== labels.at(-1)) this.seen.set(port, [...labels, label]);
    }
  }

  async #effect(name: string, port?: PortPath): Promise<void> {
    this.calls.push(port === undefined ? name : `${name} ${port}`);
    await this.holds.get(name);
    this.#failIfDue(name);
  }

  #failIfDue(name: string): void {
    const kind = this.fails.get(name)?.shift();
    if (kind !== undefined) throw new FailureError(kind, `${name} failed`);
  }

  #modemEffects(): ModemEffects {
    return {
      adopt: async ({ port }) => {
        await this.#effect("adopt", port);
        const found = this.adoptable.get(port) ?? null;
        this.adoptable.delete(port);
        if (found !== null) this.#adopted.add(port);
        return found;
      },
      findPorts: async ({ port, ttys, scheme }) => {
        await this.#effect("findPorts", port);
        const at = ttys.find((tty) => tty.interface === scheme.at) ?? ttys[0];
        const data = ttys.find((tty) => tty.interface === scheme.data) ?? ttys[0];
        return { at: at?.path ?? "", data: data?.path ?? "" };
      },
      identify: async ({ port }) => {
        await this.#effect("identify", port);
        return { manufacturer: "ZTE", model: "MF102", imei: "1", imsi: "240071", iccid: "2" };
      },
      chooseBearers: async () => [
        { apn: "first", pdpType: "IP", source: "config" },
        { apn: "second", pdpType: "IP", source: "operator database" },
      ],
      watchRegistration: ({ port }, emit) => {
        this.#failIfDue("watchRegistration");
        this.registration.set(port, emit);
        return () => this.registration.delete(port);
      },
      settings: ({ port }) => ({
        roaming: this.roaming,
        rank: { weight: this.settings.get(port)?.weight ?? 1, tier: 1 },
      }),
      watchSim: ({ port }, emit) => {
        this.#failIfDue("watchSim");
        this.sim.set(port, emit);
        return () => this.sim.delete(port);
      },
      watchLink: ({ id }, emit) => {
        this.#failIfDue("watchLink");
        this.link.set(id as PortPath, emit);
        return () => this.link.delete(id as PortPath);
      },
      takeTurn: ({ port }) => this.#effect("takeTurn", port),
      endTurn: ({ port }) => this.calls.push(`endTurn ${port}`),
      mend: ({ port, step }) => this.#effect(step, port),
      runPppd: ({ port }, emit) => {
        const runs = this.#adopted.delete(port);
        this.calls.push(runs ? `follow pppd ${port}` : `pppd ${port}`);
        this.#failIfDue("runPppd");
        this.pppd.set(port, emit);
        void Promise.resolve().then(() => {
          emit({ type: "process.started", pid: 7 });
          if (this.pppdWaits && !runs) emit({ type: "process.notice", name: "connector.waiting" });
        });
        const end = (): void => {
          if (this.pppd.get(port) !== emit) return;
          if (this.pppdLingers) {
            this.pppdEnding.add(port);
            return;
          }
          this.pppd.delete(port);
          void Promise.resolve().then(() => emit({ type: "process.exited", failure: null }));
        };
        return { terminate: end, kill: end };
      },
      dial: ({ port, bearer }) => {
        this.calls.push(`dial ${bearer.apn}`);
        return this.#effect("dial", port);
      },
      rememberBearer: ({ bearer }) => {
        this.calls.push(`remember ${bearer.apn}`);
        this.#failIfDue("rememberBearer");
      },
      release: ({ port }) => this.#effect("release", port),
    };
  }
}
