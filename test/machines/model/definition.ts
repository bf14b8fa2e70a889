import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** A transition as its machine's definition has it, under a name that a person can find in the source. */
export interface NamedTransition {
  readonly name: string;
  readonly definition: AnyTransitionDefinition;
}

/** Every state that has no states of its own, by its path from the machine's root: `working.hangingUp`. */
export function statesOf(machine: AnyStateMachine): readonly string[] {
  return nodesOf(machine.root).filter(isLeaf).map(nodeName);
}

/** Every transition: on events, delays, the ends and errors of what is invoked, and by themselves. */
export function transitionsOf(machine: AnyStateMachine): readonly NamedTransition[] {
  return nodesOf(machine.root)
    .flatMap((node) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])])
    .map((definition) => ({ name: transitionName(definition), definition }));
}

/** `resting · modem.retry → probing`; a guard follows its event in brackets, and without a target the state stays. */
export function transitionName({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const condition = guard === undefined ? "" : ` [${guardName(guard)}]`;
  return `${nodeName(source)} · ${eventName(eventType)}${condition} → ${target?.map(nodeName).join(" + ") ?? "stays"}`;
}

/** A state's path; the root is named by its machine. */
export function nodeName(node: AnyStateNode): string {
  return node.path.length === 0 ? node.key : node.path.join(".");
}

export function isLeaf(node: AnyStateNode): boolean {
  return node.type === "atomic" || node.type === "final";
}

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

/** `xstate.after.rest.modem.resting` is `after rest`, `xstate.done.actor.dial` is `done dial`, none is `always`. */
function eventName(type: string): string {
  if (type === "") return "always";
  return type
    .replace(/^xstate\.after\.(\w+)\..*/, "after $1")
    .replace(/^xstate\.(done|error)\.(?:actor|state)\./, "$1 ");
}

function guardName(guard: NonNullable<AnyTransitionDefinition["guard"]>): string {
  if (typeof guard === "string") return guard;
  if (typeof guard === "function") return guard.name === "" || guard.name === "guard" ? "inline" : guard.name;
  return `${guard.type} ${String(guard.params)}`;
}
