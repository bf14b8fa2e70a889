import type { AnyMachineSnapshot, AnyStateMachine, InspectionEvent, Snapshot } from "xstate";
import { isLeaf, nodeName, statesOf, transitionName, transitionsOf } from "./definition.ts";

/** What actors really did, as they told their inspector: the states they were in and the transitions they took. */
export class Coverage {
  readonly #states = new Set<string>();
  readonly #transitions = new Set<string>();

  readonly observe = (event: InspectionEvent): void => {
    if (event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") return;
    const { snapshot } = event;
    if (!isOfMachine(snapshot)) return;
    const { id } = snapshot.machine;
    for (const node of snapshot._nodes) if (isLeaf(node)) this.#states.add(`${id}: ${nodeName(node)}`);
    if (event.type !== "@xstate.microstep") return;
    for (const taken of event._transitions) this.#transitions.add(`${id}: ${transitionName(taken)}`);
  };

  /** States of the definition that no actor was ever in. */
  statesMissed(machine: AnyStateMachine): readonly string[] {
    return statesOf(machine).filter((name) => !this.#states.has(`${machine.id}: ${name}`));
  }

  /** Transitions of the definition that no actor ever took. */
  transitionsMissed(machine: AnyStateMachine): readonly string[] {
    return transitionsOf(machine)
      .map(({ name }) => name)
      .filter((name) => !this.#transitions.has(`${machine.id}: ${name}`));
  }
}

function isOfMachine(snapshot: Snapshot<unknown>): snapshot is AnyMachineSnapshot {
  return "machine" in snapshot;
}
