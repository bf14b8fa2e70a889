import { assign, enqueueActions, fromCallback, fromPromise, sendTo, setup, spawnChild, stopChild } from "xstate";
import type { HotplugEvent, PortPath } from "../../src/hotplug/types.ts";
import type { ModemEffects } from "../modem/effects.ts";
import type { ModemTimes } from "../modem/times.ts";
import type { PortReport } from "../port/context.ts";
import type { PortEffects } from "../port/effects.ts";
import { createPortMachine } from "../port/machine.ts";
import type { PortTimes } from "../port/times.ts";
import type { UplinksEffects } from "../uplinks/effects.ts";
import { createUplinksMachine } from "../uplinks/machine.ts";

/** All that the agent machine itself may do to the world. */
export interface AgentEffects {
  /** Takes up what a killed agent left behind: strays are ended, so that nothing is doubled. */
  prepare(): Promise<void>;
  /** Reports what is plugged in, and then what comes and goes, until the returned function is called. */
  watchHotplug(emit: (event: HotplugEvent) => void): () => void;
}

export interface AgentContext {
  /** Ports that have an actor, by path; an actor stays for as long as the agent runs. */
  readonly ports: readonly PortPath[];
  /** Ports whose teardown has not ended yet. */
  readonly stopping: readonly PortPath[];
}

export type AgentEvent =
  | HotplugEvent
  | PortReport
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
  readonly random: () => number;
  readonly portTimes?: PortTimes;
  readonly modemTimes?: ModemTimes;
}

/** Id of a port's actor among the agent's children. */
export function portActorId(port: PortPath): string {
  return `port ${port}`;
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
 * The whole agent: one port actor per physical USB port that ever held something, one pool of uplinks.
 *
 * ```
 * preparing ─▶ running ─ agent.stop ─▶ stopping (every port tears down) ─▶ restoring (the network) ─▶ stopped (final)
 * ```
 */
export function createAgentMachine(dependencies: AgentDependencies) {
  const { effects, random } = dependencies;
  return setup({
    types: { context: {} as AgentContext, events: {} as AgentEvent },
    actors: {
      prepare: fromPromise<void>(() => effects.prepare()),
      hotplug: fromCallback<AgentEvent>(({ sendBack }) => effects.watchHotplug(sendBack)),
      uplinks: createUplinksMachine(dependencies.uplinks, random),
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
      allStopped: ({ context }) => context.stopping.length === 0,
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
      noteStopping: assign({ stopping: ({ context }) => context.ports }),
      noteStopped: assign({
        stopping: ({ context, event }) =>
          event.type === "port.stopped" ? context.stopping.filter((port) => port !== event.port) : context.stopping,
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
    delays: { stopTimeout: 25_000, restoreTimeout: 12_000 },
  }).createMachine({
    id: "agent",
    context: { ports: [], stopping: [] },
    initial: "preparing",
    states: {
      preparing: {
        on: { "agent.stop": "stopped" },
        invoke: { id: "prepare", src: "prepare", onDone: "alive", onError: "alive" },
      },
      alive: {
        invoke: { id: "uplinks", src: "uplinks", onDone: "stopped", onError: "stopped" },
        on: { "xstate.error.actor.*": { guard: "isPort", actions: ["dropFailedPort", "dropItsLink", "forgetPort"] } },
        initial: "running",
        states: {
          running: {
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
              "uplink.joined": { actions: "tellUplinks" },
              "uplink.left": { actions: "tellUplinks" },
              "uplinks.configured": { actions: "tellUplinks" },
              "uplinks.measured": { actions: "tellUplinks" },
              "port.command": { guard: "isKnownPort", actions: "tellPort" },
              "config.changed": {
                actions: ["configureUplinks", { type: "tellAllPorts", params: { type: "port.configured" } }],
              },
              "agent.stop": "stopping",
            },
          },
          stopping: {
            entry: ["noteStopping", { type: "tellAllPorts", params: { type: "port.stop" } }],
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
