import { assign, enqueueActions, fromCallback, fromPromise, sendTo, setup, spawnChild, stopChild } from "xstate";
import { type HotplugEvent, type PortPath, parsePortPath } from "../../src/hotplug/types.ts";
import type { InterfaceId, UplinkId } from "../../src/net/types.ts";
import type { RadioDevice, RadioId } from "../../src/radio/types.ts";
import type { AccessPointEffects } from "../access-point/effects.ts";
import { createAccessPointMachine } from "../access-point/machine.ts";
import type { BundleEvent, BundleReport } from "../bundle/context.ts";
import type { BundleEffects } from "../bundle/effects.ts";
import { createBundleMachine } from "../bundle/machine.ts";
import type { InterfaceEffects } from "../interface/effects.ts";
import { createInterfaceMachine } from "../interface/machine.ts";
import type { ModemEffects } from "../modem/effects.ts";
import type { ModemTimes } from "../modem/times.ts";
import type { PortReport } from "../port/context.ts";
import type { PortEffects } from "../port/effects.ts";
import { createPortMachine } from "../port/machine.ts";
import type { PortTimes } from "../port/times.ts";
import type { RadioOrder } from "../radio/context.ts";
import type { RadioEffects } from "../radio/effects.ts";
import { createRadioMachine, type RadioTimes } from "../radio/machine.ts";
import type { ResolverEffects } from "../resolver/effects.ts";
import { createResolverMachine, type ResolverEvent } from "../resolver/machine.ts";
import type { AdoptedMember, UplinksEffects } from "../uplinks/effects.ts";
import { createUplinksMachine } from "../uplinks/machine.ts";
import type { AgentEffects } from "./effects.ts";

export interface AgentContext {
  /** Ports that have an actor, by path; an actor stays for as long as the agent runs. */
  readonly ports: readonly PortPath[];
  /** Ports whose teardown has not ended yet. */
  readonly stopping: readonly PortPath[];
  /** Links of an earlier agent, in the pool, that their ports have not reported on yet. */
  readonly adopted: readonly AdoptedMember[];
  /** Before all that could be stopped was known. */
  readonly stopAsked: boolean;
  /** Interfaces that the config names as uplinks, each with an actor. */
  readonly interfaces: readonly InterfaceId[];
  /** Radios that are no USB device's, as last seen. */
  readonly radios: readonly RadioDevice[];
  /** Those of them that the config names, each with an actor, until that has ended. */
  readonly namedRadios: readonly InterfaceId[];
  readonly accessPointEnded: boolean;
  /** The resolver has ended, or was never there. */
  readonly resolverEnded: boolean;
  /** The same for the bundle. */
  readonly bundleEnded: boolean;
}

type NameServersEvent = Extract<ResolverEvent, { type: "nameServers.changed" }>;
type MembersEvent = Extract<BundleEvent, { type: "bundle.members" }>;
type BundleOrder = MembersEvent | { type: "bundle.configured" } | { type: "bundle.stop" };
type ResolverOrder = NameServersEvent | { type: "resolver.configured" } | { type: "resolver.stop" };

export type AgentEvent =
  | HotplugEvent
  | PortReport
  | { type: "uplink.left"; id: UplinkId }
  | NameServersEvent
  | MembersEvent
  | BundleReport
  | { type: "radio.order"; id: RadioId; order: RadioOrder }
  | { type: "port.command"; port: PortPath; action: "retry" | "disable" | "enable"; now?: boolean }
  | { type: "config.changed" }
  /** A concentrator was joined, or left. */
  | { type: "bundle.configured" }
  /** The LAN is there, or is there no longer, so that there are addresses to be given in it. */
  | { type: "lan.changed" }
  /** For the pool; see its machine. */
  | { type: "uplinks.configured" }
  | { type: "uplinks.measured" }
  | { type: "agent.stop" }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }
  | { type: `xstate.done.actor.${string}`; actorId: string };

export interface AgentDependencies {
  readonly effects: AgentEffects;
  readonly port: PortEffects;
  readonly modem: ModemEffects;
  readonly uplinks: UplinksEffects;
  readonly interfaces: InterfaceEffects;
  readonly resolver: ResolverEffects;
  readonly radio: RadioEffects;
  readonly accessPoint: AccessPointEffects;
  readonly bundle: BundleEffects;
  readonly random: () => number;
  readonly portTimes?: PortTimes;
  readonly modemTimes?: ModemTimes;
  readonly radioTimes?: RadioTimes;
}

/** Id of a port's actor among the agent's children. */
export function portActorId(port: PortPath): string {
  return `port ${port}`;
}

/** The same for an interface's. */
export function interfaceActorId(id: InterfaceId): string {
  return `interface ${id}`;
}

/** The same for a radio's that the config names. */
export function radioActorId(id: InterfaceId): string {
  return `radio ${id}`;
}

function portOf(event: AgentEvent): PortPath | null {
  switch (event.type) {
    case "device.attached":
      return event.device.port;
    case "tty.appeared":
      return event.tty.port;
    case "radio.appeared":
      return parsePortPath(event.radio.id);
    case "radio.vanished":
    case "radio.order":
      return parsePortPath(event.id);
    case "device.detached":
    case "tty.vanished":
    case "port.command":
      return event.port;
    default:
      return null;
  }
}

/** The words that the agent's statechart is written in: what it can do, ask, remember and wait for. */
export function setUpAgent(dependencies: AgentDependencies) {
  const { effects, random } = dependencies;
  return setup({
    types: { context: {} as AgentContext, events: {} as AgentEvent },
    actors: {
      prepare: fromPromise<readonly AdoptedMember[]>(() => effects.prepare()),
      abandon: fromPromise<void>(() => effects.abandon()),
      hotplug: fromCallback<AgentEvent>(({ sendBack }) => effects.watchHotplug(sendBack)),
      uplinks: createUplinksMachine(dependencies.uplinks, random),
      interface: createInterfaceMachine(dependencies.interfaces),
      resolver: createResolverMachine(dependencies.resolver, random),
      accessPoint: createAccessPointMachine(dependencies.accessPoint, random),
      bundle: createBundleMachine(dependencies.bundle, random),
      radio: createRadioMachine({
        effects: dependencies.radio,
        random,
        ...(dependencies.radioTimes === undefined ? {} : { times: dependencies.radioTimes }),
      }),
      port: createPortMachine({
        effects: dependencies.port,
        modem: dependencies.modem,
        radio: dependencies.radio,
        random,
        ...(dependencies.radioTimes === undefined ? {} : { radioTimes: dependencies.radioTimes }),
        ...(dependencies.portTimes === undefined ? {} : { times: dependencies.portTimes }),
        ...(dependencies.modemTimes === undefined ? {} : { modemTimes: dependencies.modemTimes }),
      }),
    },
    guards: {
      isNewPort: ({ context, event }) => {
        const port = portOf(event);
        return port !== null && !context.ports.includes(port);
      },
      isKnownPort: ({ context, event }) => {
        const port = portOf(event);
        return port !== null && context.ports.includes(port);
      },
      isPort: ({ context, event }) => context.ports.some((port) => event.type.endsWith(portActorId(port))),
      isInterface: ({ context, event }) => context.interfaces.some((id) => event.type.endsWith(interfaceActorId(id))),
      isNamedRadio: ({ context, event }) => context.namedRadios.some((id) => event.type.endsWith(radioActorId(id))),
      allTakenOver: ({ context }) => context.adopted.length === 0,
      allStopped: ({ context }) =>
        context.stopping.length === 0 &&
        context.adopted.length === 0 &&
        context.namedRadios.length === 0 &&
        context.resolverEnded &&
        context.bundleEnded,
      accessPointEnded: ({ context }) => context.accessPointEnded,
    },
    actions: {
      spawnPort: spawnChild("port", {
        id: ({ event }) => portActorId(portOf(event) as PortPath),
        input: ({ event }: { event: AgentEvent }) => ({ port: portOf(event) as PortPath }),
      }),
      notePort: assign({
        ports: ({ context, event }) => {
          const port = portOf(event);
          return port === null || context.ports.includes(port) ? context.ports : [...context.ports, port];
        },
      }),
      tellPort: sendTo(
        ({ event }) => portActorId(portOf(event) as PortPath),
        ({ event }) => {
          if (event.type === "radio.order") return event.order;
          if (event.type !== "port.command") return event;
          return { type: `port.${event.action}`, ...(event.now === true ? { now: true } : {}) };
        },
      ),
      tellAllPorts: enqueueActions(({ context, enqueue }, event: { type: "port.configured" | "port.stop" }) => {
        for (const port of context.ports) enqueue.sendTo(portActorId(port), event);
      }),
      tellUplinks: sendTo("uplinks", ({ event }) => event),
      noteTakenOver: assign({
        adopted: ({ context, event }) =>
          "id" in event ? context.adopted.filter(({ member }) => member.id !== event.id) : context.adopted,
      }),
      dropAdopted: enqueueActions(({ context, enqueue }) => {
        for (const { member } of context.adopted) enqueue.sendTo("uplinks", { type: "uplink.left", id: member.id });
      }),
      forgetAdopted: assign({ adopted: [] }),
      tellResolver: enqueueActions(({ context, enqueue }, event: ResolverOrder) => {
        if (!context.resolverEnded) enqueue.sendTo("resolver", event);
      }),
      noteResolverEnd: assign({ resolverEnded: true }),
      tellBundle: enqueueActions(({ context, enqueue }, event: BundleOrder) => {
        if (!context.bundleEnded) enqueue.sendTo("bundle", event);
      }),
      noteBundleEnd: assign({ bundleEnded: true }),
      dropRoute: sendTo("uplinks", { type: "bundle.routed", route: null }),
      noteStopping: assign({ stopping: ({ context }) => context.ports }),
      noteStopped: assign({
        stopping: ({ context, event }) =>
          event.type === "port.stopped" ? context.stopping.filter((port) => port !== event.port) : context.stopping,
      }),
      /** One actor for each that the config names, and none for others; what stays is told that the config has changed. */
      configureInterfaces: enqueueActions(({ context, enqueue }) => {
        const wanted = dependencies.interfaces.configured();
        for (const id of context.interfaces) {
          if (wanted.includes(id)) enqueue.sendTo(interfaceActorId(id), { type: "interface.configured" });
          else {
            enqueue.stopChild(interfaceActorId(id));
            enqueue.sendTo("uplinks", { type: "uplink.left", id });
          }
        }
        for (const id of wanted) {
          if (!context.interfaces.includes(id))
            enqueue.spawnChild("interface", { id: interfaceActorId(id), input: { id } });
        }
        enqueue.assign({ interfaces: wanted });
      }),
      /** After a fault of our own; the next change of the config starts it from scratch. */
      dropFailedInterface: enqueueActions(({ context, event, enqueue }) => {
        const failed = context.interfaces.find((id) => event.type.endsWith(interfaceActorId(id)));
        if (failed === undefined) return;
        enqueue.stopChild(interfaceActorId(failed));
        enqueue.sendTo("uplinks", { type: "uplink.left", id: failed });
        enqueue.assign({ interfaces: context.interfaces.filter((id) => id !== failed) });
      }),
      /** As hotplug has it; the radios of USB devices are their ports' own. */
      noteRadio: assign({
        radios: ({ context: { radios }, event }) => {
          if (event.type === "radio.appeared")
            return [...radios.filter(({ id }) => id !== event.radio.id), event.radio];
          return event.type === "radio.vanished" ? radios.filter(({ id }) => id !== event.id) : radios;
        },
      }),
      tellNamedRadio: enqueueActions(({ context, event, enqueue }) => {
        const id = event.type === "radio.appeared" ? event.radio.id : "id" in event ? event.id : null;
        const named = context.namedRadios.find((each) => each === id);
        if (named !== undefined)
          enqueue.sendTo(radioActorId(named), event.type === "radio.order" ? event.order : event);
      }),
      /** One actor for each that the config names; one that it names no more leaves first. */
      configureRadios: enqueueActions(({ context, enqueue }) => {
        const wanted = effects.namedRadios();
        for (const id of context.namedRadios) {
          enqueue.sendTo(radioActorId(id), { type: wanted.includes(id) ? "radio.configured" : "radio.stop" });
        }
        const fresh = wanted.filter((id) => !context.namedRadios.includes(id));
        for (const id of fresh) {
          const device = context.radios.find((radio) => radio.id === id) ?? absentRadio(id);
          enqueue.spawnChild("radio", { id: radioActorId(id), input: { device } });
        }
        enqueue.assign({ namedRadios: [...context.namedRadios, ...fresh] });
      }),
      stopRadios: enqueueActions(({ context, enqueue }) => {
        for (const id of context.namedRadios) enqueue.sendTo(radioActorId(id), { type: "radio.stop" });
      }),
      /** It has ended, by its own end or by a fault of ours. */
      dropRadio: enqueueActions(({ context, event, enqueue }) => {
        const ended = context.namedRadios.find((id) => event.type.endsWith(radioActorId(id)));
        if (ended === undefined) return;
        enqueue.stopChild(radioActorId(ended));
        if (!context.accessPointEnded) enqueue.sendTo("accessPoint", { type: "radio.withdrawn", id: ended });
        enqueue.assign({ namedRadios: context.namedRadios.filter((id) => id !== ended) });
      }),
      tellAccessPoint: enqueueActions(({ context, event, enqueue }) => {
        if (!context.accessPointEnded) enqueue.sendTo("accessPoint", event);
      }),
      configureAccessPoint: enqueueActions(({ context, enqueue }) => {
        if (!context.accessPointEnded) enqueue.sendTo("accessPoint", { type: "accessPoint.configured" });
      }),
      stopAccessPoint: enqueueActions(({ context, enqueue }) => {
        if (!context.accessPointEnded) enqueue.sendTo("accessPoint", { type: "accessPoint.stop" });
      }),
      noteAccessPointEnd: assign({ accessPointEnded: true }),
      configureUplinks: sendTo("uplinks", { type: "uplinks.configured" }),
      restoreNetwork: sendTo("uplinks", { type: "uplinks.restore" }),
      // A fault of our own in one port's machine must not take the others down: that port starts from scratch.
      forgetPort: assign(({ context: { ports, stopping }, event }) => {
        const isOther = (port: PortPath): boolean => !event.type.endsWith(portActorId(port));
        return { ports: ports.filter(isOther), stopping: stopping.filter(isOther) };
      }),
      dropItsLink: sendTo("uplinks", ({ context, event }) => ({
        type: "uplink.left",
        id: context.ports.find((port) => event.type.endsWith(portActorId(port))) as PortPath,
      })),
      dropFailedPort: stopChild(({ event }) => ("actorId" in event ? event.actorId : "")),
    },
    delays: { adoptTimeout: 20_000, stopTimeout: 25_000, closeTimeout: 15_000, restoreTimeout: 12_000 },
  });
}

function absentRadio(id: InterfaceId): RadioDevice {
  return { id, phy: null, interface: null, blocked: null };
}
