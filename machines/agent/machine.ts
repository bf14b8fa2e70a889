import { assign, enqueueActions, fromCallback, fromPromise, sendTo, setup, spawnChild, stopChild } from "xstate";
import type { HotplugEvent, PortPath } from "../../src/hotplug/types.ts";
import type { InterfaceId, UplinkId } from "../../src/net/types.ts";
import type { InterfaceEffects } from "../interface/effects.ts";
import { createInterfaceMachine } from "../interface/machine.ts";
import type { ModemEffects } from "../modem/effects.ts";
import type { ModemTimes } from "../modem/times.ts";
import type { PortReport } from "../port/context.ts";
import type { PortEffects } from "../port/effects.ts";
import { createPortMachine } from "../port/machine.ts";
import type { PortTimes } from "../port/times.ts";
import type { ResolverEffects } from "../resolver/effects.ts";
import { createResolverMachine, type ResolverEvent } from "../resolver/machine.ts";
import type { AdoptedMember, UplinksEffects } from "../uplinks/effects.ts";
import { createUplinksMachine } from "../uplinks/machine.ts";

/** All that the agent machine itself may do to the world. */
export interface AgentEffects {
  /**
   * Looks at what an earlier agent left behind. Resolves with the links that are to be adopted; all else of it is ended, so
   * that nothing is doubled.
   */
  prepare(): Promise<readonly AdoptedMember[]>;
  /** Ends those of them that no modem machine has taken over; resolves when they are gone. */
  abandon(): Promise<void>;
  /** Reports what is plugged in, and then what comes and goes, until the returned function is called. */
  watchHotplug(emit: (event: HotplugEvent) => void): () => void;
}

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
  /** The resolver has ended, or was never there. */
  readonly resolverEnded: boolean;
}

type NameServersEvent = Extract<ResolverEvent, { type: "nameServers.changed" }>;
type ResolverOrder = NameServersEvent | { type: "resolver.configured" } | { type: "resolver.stop" };

export type AgentEvent =
  | HotplugEvent
  | PortReport
  | { type: "uplink.left"; id: UplinkId }
  | NameServersEvent
  | { type: "port.command"; port: PortPath; action: "retry" | "disable" | "enable"; now?: boolean }
  | { type: "config.changed" }
  /** For the pool; see its machine. */
  | { type: "uplinks.configured" }
  | { type: "uplinks.measured" }
  | { type: "agent.stop" }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown };

export interface AgentDependencies {
  readonly effects: AgentEffects;
  readonly port: PortEffects;
  readonly modem: ModemEffects;
  readonly uplinks: UplinksEffects;
  readonly interfaces: InterfaceEffects;
  readonly resolver: ResolverEffects;
  readonly random: () => number;
  readonly portTimes?: PortTimes;
  readonly modemTimes?: ModemTimes;
}

/** Id of a port's actor among the agent's children. */
export function portActorId(port: PortPath): string {
  return `port ${port}`;
}

/** The same for an interface's. */
export function interfaceActorId(id: InterfaceId): string {
  return `interface ${id}`;
}

function portOf(event: AgentEvent): PortPath | null {
  switch (event.type) {
    case "device.attached":
      return event.device.port;
    case "tty.appeared":
      return event.tty.port;
    case "device.detached":
    case "tty.vanished":
    case "port.command":
      return event.port;
    default:
      return null;
  }
}

/**
 * The whole agent: one port actor per physical USB port that ever held something, one pool of uplinks, one
 * resolver.
 *
 * ```
 * preparing ─▶ running ─ agent.stop ─▶ stopping (ports and resolver tear down) ─▶ restoring (the network) ─▶ stopped (final)
 * ```
 */
export function createAgentMachine(dependencies: AgentDependencies) {
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
      port: createPortMachine({
        effects: dependencies.port,
        modem: dependencies.modem,
        random,
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
      allTakenOver: ({ context }) => context.adopted.length === 0,
      allStopped: ({ context }) =>
        context.stopping.length === 0 && context.adopted.length === 0 && context.resolverEnded,
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
    delays: { adoptTimeout: 20_000, stopTimeout: 25_000, restoreTimeout: 12_000 },
  }).createMachine({
    id: "agent",
    context: {
      ports: [],
      stopping: [],
      adopted: [],
      stopAsked: false,
      interfaces: [],
      resolverEnded: false,
    },
    initial: "preparing",
    states: {
      preparing: {
        // What is left of an earlier agent has to be known before it can be taken out.
        on: { "agent.stop": { actions: assign({ stopAsked: true }) } },
        invoke: {
          id: "prepare",
          src: "prepare",
          onDone: { target: "prepared", actions: assign({ adopted: ({ event }) => event.output }) },
          onError: "prepared",
        },
      },
      prepared: {
        always: [{ guard: ({ context }) => context.stopAsked, target: "alive.stopping" }, { target: "alive" }],
      },
      alive: {
        invoke: [
          {
            id: "uplinks",
            src: "uplinks",
            input: ({ context }) => ({ adopted: context.adopted }),
            onDone: "stopped",
            onError: "stopped",
          },
          // Without it there is still a network.
          {
            id: "resolver",
            src: "resolver",
            onDone: { actions: "noteResolverEnd" },
            onError: { actions: "noteResolverEnd" },
          },
        ],
        on: {
          "xstate.error.actor.*": [
            { guard: "isPort", actions: ["dropFailedPort", "dropItsLink", "forgetPort"] },
            { guard: "isInterface", actions: "dropFailedInterface" },
          ],
        },
        initial: "running",
        states: {
          running: {
            entry: "configureInterfaces",
            invoke: { id: "hotplug", src: "hotplug", onError: "stopping" },
            on: {
              "device.attached": [
                { guard: "isNewPort", actions: ["notePort", "spawnPort", "tellPort"] },
                { actions: "tellPort" },
              ],
              "device.detached": { guard: "isKnownPort", actions: "tellPort" },
              "tty.appeared": { guard: "isKnownPort", actions: "tellPort" },
              "tty.vanished": { guard: "isKnownPort", actions: "tellPort" },
              // While stopping they are not passed on: all links leave the kernel together at the end.
              "uplink.joined": { actions: ["tellUplinks", "noteTakenOver"] },
              "uplink.left": { actions: ["tellUplinks", "noteTakenOver"] },
              "uplinks.configured": { actions: "tellUplinks" },
              "uplinks.measured": { actions: "tellUplinks" },
              "nameServers.changed": { actions: { type: "tellResolver", params: ({ event }) => event } },
              "port.command": { guard: "isKnownPort", actions: "tellPort" },
              "config.changed": {
                actions: [
                  "configureUplinks",
                  "configureInterfaces",
                  { type: "tellResolver", params: { type: "resolver.configured" } },
                  { type: "tellAllPorts", params: { type: "port.configured" } },
                ],
              },
              "agent.stop": "stopping",
            },
            initial: "adopting",
            states: {
              // Each port takes its own link over when its modem is found there.
              adopting: {
                always: { guard: "allTakenOver", target: "abandoning" },
                after: { adoptTimeout: "abandoning" },
              },
              abandoning: {
                entry: "dropAdopted",
                invoke: {
                  id: "abandon",
                  src: "abandon",
                  onDone: { target: "settled", actions: "forgetAdopted" },
                  onError: { target: "settled", actions: "forgetAdopted" },
                },
              },
              settled: {},
            },
          },
          stopping: {
            entry: [
              "noteStopping",
              { type: "tellResolver", params: { type: "resolver.stop" } },
              { type: "tellAllPorts", params: { type: "port.stop" } },
            ],
            invoke: {
              id: "abandon",
              src: "abandon",
              onDone: { actions: "forgetAdopted" },
              onError: { actions: "forgetAdopted" },
            },
            on: { "port.stopped": { actions: "noteStopped" } },
            always: { guard: "allStopped", target: "restoring" },
            after: { stopTimeout: "restoring" },
          },
          restoring: {
            entry: "restoreNetwork",
            after: { restoreTimeout: "#agent.stopped" },
          },
        },
      },
      stopped: { type: "final" },
    },
  });
}
