import type { Actor, ActorRefFrom, AnyActorRef, SnapshotFrom } from "xstate";
import type { ReadStations } from "../../machines/access-point/effects.ts";
import type { createAgentMachine } from "../../machines/agent/machine.ts";
import { interfaceActorId, portActorId, radioActorId } from "../../machines/agent/setup.ts";
import { adviceFor, type Failure, FailureError } from "../../machines/failure.ts";
import { currentBearer } from "../../machines/modem/context.ts";
import type { createModemMachine } from "../../machines/modem/machine.ts";
import type { Recovery } from "../../machines/modem/recovery.ts";
import type { createPortMachine } from "../../machines/port/machine.ts";
import type { PoolSettings, Rank } from "../../machines/uplinks/effects.ts";
import type { createUplinksMachine } from "../../machines/uplinks/machine.ts";
import { rankOf } from "../../machines/uplinks/policy.ts";
import type { DecisionStore } from "../decisions/store.ts";
import { type PortPath, parsePortPath, usbId } from "../hotplug/types.ts";
import type {
  AgentView,
  BalanceBy,
  BalancerStatus,
  BundleStatus,
  HubStatus,
  PortAction,
  PortStatus,
  RankChange,
  Status,
  UplinkStatus,
  Verification,
} from "../inspector/types.ts";
import { maskIdentities } from "../journal/redact.ts";
import type { readTraffic } from "../net/traffic.ts";
import type { InterfaceId, UplinkId } from "../net/types.ts";
import type { Seat } from "../power/types.ts";
import { type BundleSnapshot, bundleState, bundleStatus } from "./bundle-status.ts";
import { type InterfaceSnapshot, interfaceState } from "./interface-status.ts";
import { portLabel } from "./labels.ts";
import {
  type AccessPointSnapshot,
  accessPointStatus,
  type RadioSnapshot,
  radioFailure,
  radioStatus,
  reasonText,
} from "./radio-status.ts";
import { verifyUplinks } from "./verify-uplinks.ts";

export type AgentActor = Actor<ReturnType<typeof createAgentMachine>>;
type PortSnapshot = SnapshotFrom<ReturnType<typeof createPortMachine>>;
type ModemSnapshot = SnapshotFrom<ReturnType<typeof createModemMachine>>;
type UplinksSnapshot = SnapshotFrom<ReturnType<typeof createUplinksMachine>>;

export interface ViewOptions {
  readonly actor: AgentActor;
  readonly version: string;
  readonly traffic: typeof readTraffic;
  /** Who is associated with our radios. */
  readonly stations: ReadStations;
  readonly hubs: () => readonly HubStatus[];
  /** How the pool spreads connections, and what a hand said of it. */
  readonly pool: () => PoolSettings;
  readonly decisions: Pick<DecisionStore, "by" | "setBy" | "setRank">;
  /** Whether an IMEI is shown by its last digits only; default no. */
  readonly maskIdentities?: () => boolean;
}

/** States kept per port. */
const HISTORY = 8;

/** The agent's machines as the public interface shows them. Keeps the states that each port went through. */
export class MachineView implements AgentView {
  readonly #options: ViewOptions;
  readonly #startedAt = new Date();
  readonly #history = new Map<UplinkId, readonly { readonly state: string; readonly since: string }[]>();

  #bundleState = { state: "", since: this.#startedAt.toISOString() };

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  /** To be called at every step of the machines: notes each port's change of state. */
  noteChange(): void {
    for (const port of this.#ports()) {
      const snapshot = this.#port(port);
      if (snapshot === null) continue;
      this.#note(port, labelOf(snapshot));
    }
    for (const [id, snapshot] of this.#interfaces()) this.#note(id, interfaceState(snapshot).state);
    const bundle = this.#child("bundle")?.getSnapshot() as BundleSnapshot | undefined;
    const state = bundle === undefined ? "" : bundleState(bundle);
    if (state !== this.#bundleState.state) this.#bundleState = { state, since: new Date().toISOString() };
  }

  #note(id: UplinkId, state: string): void {
    const history = this.#history.get(id) ?? [];
    if (history.at(-1)?.state === state) return;
    const now = { state, since: new Date().toISOString() };
    // What was in the port before it was empty is another story.
    this.#history.set(id, state === "empty" ? [now] : [...history.slice(1 - HISTORY), now]);
  }

  #masked(status: PortStatus): PortStatus {
    const { modem } = status;
    if (!modem?.imei || !this.#options.maskIdentities?.()) return status;
    return { ...status, modem: { ...modem, imei: maskIdentities(modem.imei) } };
  }

  async status(): Promise<Status> {
    const ports: PortStatus[] = [];
    for (const port of this.#ports()) {
      const snapshot = this.#port(port);
      if (snapshot !== null && !snapshot.hasTag("empty")) ports.push(this.#masked(this.#portStatus(port, snapshot)));
    }
    return {
      schema: 1,
      agent: { version: this.#options.version, pid: process.pid, since: this.#startedAt.toISOString() },
      ports,
      uplinks: this.#uplinks(),
      balancer: this.#balancer(),
      accessPoint: accessPointStatus(
        this.#accessPoint(),
        this.#radios(),
        await this.#options.stations().catch(() => []),
      ),
      bundle: this.#bundle(),
      hubs: this.#options.hubs(),
      interfaces: this.#interfaces().map(([id, snapshot]) => ({
        interface: id,
        since: this.#history.get(id)?.at(-1)?.since ?? this.#startedAt.toISOString(),
        ...interfaceState(snapshot),
      })),
    };
  }

  #bundle(): BundleStatus | null {
    const snapshot = this.#child("bundle")?.getSnapshot() as BundleSnapshot | undefined;
    return snapshot === undefined ? null : bundleStatus(snapshot, this.#bundleState.since);
  }

  async verify(): Promise<Verification> {
    const uplinks = this.#child("uplinks") as ActorRefFrom<ReturnType<typeof createUplinksMachine>> | undefined;
    if (uplinks === undefined) throw new FailureError("SystemRefused", "the agent is not ready yet");
    return verifyUplinks(uplinks);
  }

  /** What the accounting of power has to know of a port. */
  seat(port: PortPath): Seat | null {
    const snapshot = this.#ports().includes(port) ? this.#port(port) : null;
    if (snapshot === null) return null;
    const modem = modemOf(snapshot);
    const isExpected = snapshot.hasTag("unplugExpected") || modem?.hasTag("unplugExpected") === true;
    return { name: snapshot.context.identity?.name ?? "", holdsStillModem: modem !== null && !isExpected };
  }

  /** The slot of the link of this port, which names its mark; null: it never had one. */
  slotOf(port: PortPath): number | null {
    return this.#pool()?.context.slots[port] ?? null;
  }

  /** Whether the link of this port has IPv6. */
  hasIpv6(port: PortPath): boolean {
    return this.#pool()?.context.desired.uplinks.find(({ id }) => id === port)?.address6 !== undefined;
  }

  act(port: PortPath, action: PortAction, now: boolean): boolean {
    if (!this.#ports().includes(port)) return false;
    this.#options.actor.send({ type: "port.command", port, action, now });
    return true;
  }

  setRank(uplink: UplinkId, change: RankChange): boolean {
    const members = this.#pool()?.context.members ?? [];
    if (!this.#ports().some((port) => port === uplink) && !members.some(({ id }) => id === uplink)) return false;
    this.#options.decisions.setRank(uplink, change);
    this.#options.actor.send({ type: "uplinks.configured" });
    return true;
  }

  setBalance(by: BalanceBy | "config"): void {
    this.#options.decisions.setBy(by);
    this.#options.actor.send({ type: "uplinks.configured" });
  }

  #ports(): readonly PortPath[] {
    return this.#options.actor.getSnapshot().context.ports;
  }

  #interfaces(): readonly (readonly [InterfaceId, InterfaceSnapshot])[] {
    return this.#options.actor.getSnapshot().context.interfaces.flatMap((id) => {
      const snapshot = this.#child(interfaceActorId(id))?.getSnapshot() as InterfaceSnapshot | undefined;
      return snapshot === undefined ? [] : [[id, snapshot] as const];
    });
  }

  #child(id: string): AnyActorRef | undefined {
    return (this.#options.actor.getSnapshot().children as Record<string, AnyActorRef | undefined>)[id];
  }

  #pool(): UplinksSnapshot | null {
    return (this.#child("uplinks")?.getSnapshot() as UplinksSnapshot | undefined) ?? null;
  }

  #accessPoint(): AccessPointSnapshot | null {
    return (this.#child("accessPoint")?.getSnapshot() as AccessPointSnapshot | undefined) ?? null;
  }

  /** Those of dongles, then those that the config names. */
  #radios(): readonly RadioSnapshot[] {
    const ofPorts = this.#ports().map((port) => {
      const snapshot = this.#port(port);
      return snapshot === null ? null : radioOf(snapshot);
    });
    const named = this.#options.actor.getSnapshot().context.namedRadios.map((id) => {
      return (this.#child(radioActorId(id))?.getSnapshot() as RadioSnapshot | undefined) ?? null;
    });
    return [...ofPorts, ...named].filter((radio) => radio !== null);
  }

  #port(port: PortPath): PortSnapshot | null {
    return (this.#child(portActorId(port))?.getSnapshot() as PortSnapshot | undefined) ?? null;
  }

  #portStatus(port: PortPath, snapshot: PortSnapshot): PortStatus {
    const { device, identity, failure } = snapshot.context;
    const modem = modemOf(snapshot);
    const radio = radioOf(snapshot);
    const own = radio === null ? modem?.context.failure : radioFailure(radio, this.#accessPoint());
    const shown = own ?? failure;
    const history = this.#history.get(port) ?? [];
    const since = history.at(-1)?.since ?? this.#startedAt.toISOString();
    const reason = shown === null || shown === undefined ? reasonOf(snapshot, since) : reasonText(shown);
    return {
      port,
      kind: kindOf(snapshot),
      usbId: device === null ? null : usbId(device),
      name: identity?.name ?? "",
      state: labelOf(snapshot),
      since,
      history: history.filter(({ state }) => state !== "empty"),
      ...(reason === null ? {} : { reason }),
      ...(shown === null || shown === undefined
        ? {}
        : { failure: failureStatus(shown, (modem ?? radio)?.context.attempts ?? 1) }),
      ...(modem === null ? {} : { modem: modemStatus(modem) }),
      ...(radio === null ? {} : { radio: radioStatus(radio) }),
      ...recoveryStatus(modem?.context.recovery ?? snapshot.context.recovery),
      powerMilliamps: device?.powerMilliamps ?? 0,
    };
  }

  #balancer(): BalancerStatus {
    const { by, rules } = this.#options.pool();
    const { pins = [], uplinks = [] } = this.#pool()?.context.desired ?? {};
    return {
      by,
      byHand: this.#options.decisions.by !== null,
      rules: rules.map((rule, index) => {
        const over = pins[index]?.over ?? "pool";
        if (typeof over === "string") return { ...rule, over };
        const links = uplinks.filter(({ slot }) => over.some((share) => share.slot === slot));
        return { ...rule, over: links.map((link) => link.interface) };
      }),
    };
  }

  #uplinks(): readonly UplinkStatus[] {
    const pool = this.#pool();
    if (pool === null) return [];
    const { members, applied } = pool.context;
    const settings = this.#options.pool();
    const total = applied?.pick.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
    const traffic = this.#options.traffic();
    return members.map((member): UplinkStatus => {
      const { id, link, standing } = member;
      const rank = rankOf(member, settings);
      const inKernel = applied?.uplinks.find((uplink) => uplink.id === id && uplink.address === link.address);
      const weight = applied?.pick.find(({ slot }) => slot === inKernel?.slot)?.weight ?? 0;
      return {
        port: parsePortPath(id),
        interface: link.interface,
        address: link.address,
        role: rank.role ?? "balance",
        tier: rank.tier,
        weight,
        percent: total === 0 ? 0 : Math.round((1000 * weight) / total) / 10,
        setWeight: rank.weight,
        byHand: Object.keys(settings.byHand[id] ?? {}) as (keyof Rank)[],
        measured: settings.measured[id] ?? null,
        health: inKernel === undefined ? "joining" : standing,
        ...(settings.aside?.includes(id) ? { aside: true as const } : {}),
        ...(traffic.get(link.interface) ?? { rxBytes: 0, txBytes: 0 }),
      };
    });
  }
}

function modemOf(snapshot: PortSnapshot): ModemSnapshot | null {
  return (snapshot.children.modem?.getSnapshot() as ModemSnapshot | undefined) ?? null;
}

function radioOf(snapshot: PortSnapshot): RadioSnapshot | null {
  return (snapshot.children.radio?.getSnapshot() as RadioSnapshot | undefined) ?? null;
}

function labelOf(snapshot: PortSnapshot): string {
  return portLabel(snapshot.value, modemOf(snapshot)?.value ?? null, radioOf(snapshot)?.value ?? null);
}

/** A stick that is being switched is already shown as what it will be. */
function kindOf(snapshot: PortSnapshot): PortStatus["kind"] {
  const kind = snapshot.context.identity?.kind;
  if (kind === "hub") return "hub";
  if (snapshot.context.radio !== null || snapshot.matches("onAir")) return "radio";
  if (kind === "maybe") return modemOf(snapshot) === null ? "other" : "modem";
  return kind === "modem" || kind === "storage" || kind === "unswitchable" ? "modem" : "other";
}

/** Why it is so, where nothing failed. */
function reasonOf(snapshot: PortSnapshot, since: string): string | null {
  const { draining } = snapshot.context;
  if (draining !== null) return drainText(draining.left, new Date(Date.parse(since) + draining.boundMs));
  if (snapshot.matches("disabled")) return "disabled by hand or by the config";
  if (snapshot.matches("leftAlone")) return snapshot.context.identity?.why ?? null;
  return null;
}

/** Its connections are waited for until then. */
function drainText(left: number | null, until: Date): string {
  const connections = left === null ? "its connections" : `${left} ${left === 1 ? "connection" : "connections"}`;
  return `switched off by hand or by the config; until ${until.toISOString().slice(11, 19)} UTC at most it waits for ${connections} to end`;
}

function failureStatus(failure: Failure, attempts: number): NonNullable<PortStatus["failure"]> {
  return { kind: failure.kind, message: failure.message, advice: adviceFor(failure.kind), attempts };
}

function recoveryStatus({ step, taken }: Recovery): Pick<PortStatus, "recovery"> {
  const wasMended = step !== null || Object.values(taken).some((count) => count > 0);
  return wasMended ? { recovery: { step, taken } } : {};
}

function modemStatus({ context }: ModemSnapshot): NonNullable<PortStatus["modem"]> {
  const { registration, facts } = context;
  return {
    operator: registration?.operator ?? null,
    technology: registration?.technology ?? null,
    signalDbm: registration?.signalDbm ?? null,
    apn: currentBearer(context)?.apn ?? null,
    imei: facts?.imei ?? null,
    registration: registration?.status ?? null,
  };
}
