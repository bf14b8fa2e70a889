import {
  type ActorLogic,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createEmptyActor,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
} from "xstate";
import { getShortestPaths } from "xstate/graph";
import { transitionName } from "./definition.ts";

/** One event and the state that it leads to. */
export interface Step {
  readonly event: EventObject;
  readonly state: AnyMachineSnapshot;
}

export type Path = readonly Step[];

export interface Exploration {
  readonly machine: AnyStateMachine;
  readonly input: object;
  /** What comes with an event of the machine's definition: one case each; a type not named here comes with nothing. */
  readonly cases: Readonly<Record<string, readonly object[]>>;
  /** Events that cannot come in a state although it takes them. */
  readonly impossible?: (state: AnyMachineSnapshot, event: EventObject) => boolean;
  /** What of a state decides about its future: two states of the same essence are explored once. */
  readonly essence: (state: AnyMachineSnapshot) => unknown;
  /** What the machine asks of the world outside. */
  readonly outside?: Outside;
}

/** Something in the config that allows or forbids, and how events change it. */
interface Outside {
  readonly allowedAtFirst: boolean;
  /** Events that change it even where the machine does not hear them. */
  readonly events: readonly string[];
  after(allowed: boolean, event: EventObject): boolean;
  set(allowed: boolean): void;
}

/** A machine's state in the traversal. */
type Node = Snapshot<undefined> & { readonly machine: AnyMachineSnapshot; readonly allowed: boolean };
/** An event taken in a state: where it led, and by which transitions. */
interface Edge {
  readonly from: string;
  readonly step: Step;
  readonly taken: readonly string[];
}

/** What a pure traversal of a machine found. */
export interface Paths {
  /** The shortest path to every state, its start included. */
  readonly toStates: readonly { readonly state: AnyMachineSnapshot; readonly allowed: boolean; readonly path: Path }[];
  /** As few short paths as take every transition that was found to be taken. */
  readonly overTransitions: readonly Path[];
}

/**
 * Explores a machine without an actor. What its effects come to, and time, are events here: `xstate.done.actor.dial`,
 * `xstate.after.rest.modem.resting`. Whether time and effects let a path be walked is for the real actor to show.
 */
export function explore(exploration: Exploration): Paths {
  const { machine, input, cases, impossible, essence, outside } = exploration;
  const { scope, taken } = inertScope(machine, input);
  const edges: Edge[] = [];
  const nodeOf = (state: AnyMachineSnapshot, allowed: boolean): Node => {
    return { status: "active", output: undefined, error: undefined, machine: state, allowed };
  };
  const keyOf = (node: Node): string => JSON.stringify([node.machine.value, node.allowed, essence(node.machine)]);
  const logic: ActorLogic<Node, EventObject> = {
    getInitialSnapshot: () => {
      const allowed = outside?.allowedAtFirst ?? true;
      outside?.set(allowed);
      return nodeOf(machine.getInitialSnapshot(scope, input), allowed);
    },
    getPersistedSnapshot: (node) => node,
    transition: (node, event) => {
      const allowed = outside?.after(node.allowed, event) ?? true;
      outside?.set(allowed);
      taken.length = 0;
      const state: AnyMachineSnapshot = machine.transition(node.machine, event, scope);
      edges.push({ from: keyOf(node), step: { event, state }, taken: [...taken] });
      return nodeOf(state, allowed);
    },
  };
  const eventsOf = ({ machine: state }: Node): readonly EventObject[] =>
    state.status !== "active"
      ? []
      : [...new Set([...state._nodes.flatMap((node) => [...node.transitions.keys()]), ...(outside?.events ?? [])])]
          .flatMap((type) => (cases[type] ?? [{}]).map((payload) => ({ type, ...payload })))
          .filter((event) => !impossible?.(state, event));
  const shortest = getShortestPaths(logic, { events: eventsOf, serializeState: keyOf, limit: 60_000 });
  const toStates = shortest.map(({ state, steps }) => ({
    key: keyOf(state),
    state: state.machine,
    allowed: state.allowed,
    path: steps.slice(1).map((step) => ({ event: step.event, state: step.state.machine })),
  }));
  return { toStates, overTransitions: covering(edges, new Map(toStates.map(({ key, path }) => [key, path]))) };
}

/** Greedily: the shortest paths first, each for at least one transition that none before it took. */
function covering(edges: readonly Edge[], toStates: ReadonlyMap<string, Path>): readonly Path[] {
  const covered = new Set<string>();
  const chosen: Path[] = [];
  const lengthTo = ({ from }: Edge): number => toStates.get(from)?.length ?? Number.POSITIVE_INFINITY;
  for (const edge of [...edges].sort((a, b) => lengthTo(a) - lengthTo(b))) {
    if (edge.taken.every((name) => covered.has(name))) continue;
    for (const name of edge.taken) covered.add(name);
    chosen.push([...(toStates.get(edge.from) ?? []), edge.step]);
  }
  return chosen;
}

/** Where a machine is only asked and nothing is done: its children are made and never started. */
function inertScope(machine: AnyStateMachine, input: object): { scope: AnyActorScope; taken: string[] } {
  const taken: string[] = [];
  const self = createActor(machine, { input, parent: createEmptyActor() });
  const listen = (event: InspectionEvent): void => {
    if (event.type === "@xstate.microstep") taken.push(...event._transitions.map(transitionName));
  };
  const system = Object.create(self.system, { _sendInspectionEvent: { value: listen } });
  const nothing = (): void => {};
  const scope = { self, system, id: self.id, sessionId: self.sessionId, logger: nothing, defer: nothing };
  return { scope: { ...scope, emit: nothing, stopChild: nothing, actionExecutor: nothing } as AnyActorScope, taken };
}
