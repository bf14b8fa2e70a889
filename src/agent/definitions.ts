import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { MachineDefinition, StateDefinition, TransitionDefinition } from "../inspector/types.ts";
import { causeText } from "../journal/cause-text.ts";
import { stateText } from "../journal/state-text.ts";

/** The definitions of a machine and of all machines among its actors, and theirs, each once, as plain data. */
export function definitionsOf(machine: AnyStateMachine): readonly MachineDefinition[] {
  const found = new Map<string, MachineDefinition>();
  const visit = (each: AnyStateMachine): void => {
    if (found.has(each.id)) return;
    found.set(each.id, { id: each.id, root: stateOf(each.root) });
    for (const logic of Object.values(each.implementations.actors)) if (isMachine(logic)) visit(logic);
  };
  visit(machine);
  return [...found.values()];
}

/** Actors are promises and callbacks too, which have no states. */
function isMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === "object" && logic !== null && "root" in logic && "implementations" in logic;
}

function stateOf(node: AnyStateNode): StateDefinition {
  const transitions = [...node.transitions.values(), node.always ?? []].flat();
  return {
    key: node.key,
    type: node.type,
    initial: node.type === "compound" ? (node.initial.target[0]?.path[node.path.length] ?? null) : null,
    tags: [...node.tags],
    invokes: node.invoke.map(({ id }) => id),
    transitions: transitions.map(
      ({ eventType, guard, actions, target = [] }): TransitionDefinition => ({
        event: causeText(eventType),
        guard: guardText(guard),
        actions: actions.map(nameOf).filter((name) => name !== null),
        targets: target.map(({ path }) => path.join(".")),
      }),
    ),
    states: Object.values(node.states as Readonly<Record<string, AnyStateNode>>).map(stateOf),
  };
}

/** What a machine's author wrote: a name, a name with parameters, or a function, of which XState's own say what they combine. */
function guardText(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard !== "function") {
    const { params } = guard as { readonly params?: unknown };
    const name = nameOf(guard) ?? "a condition";
    return typeof params === "string" ? `${name} ${params}` : name;
  }
  const { guards, stateValue } = guard as { readonly guards?: readonly unknown[]; readonly stateValue?: unknown };
  if (stateValue !== undefined) return `in ${stateText(stateValue)}`;
  // A function that stands in the chart itself has the property's name.
  if (guards === undefined) return guard.name === "" || guard.name === "guard" ? "a condition" : guard.name;
  const texts = guards.map(guardText);
  if (guard.name.startsWith("not")) return `not ${texts.join()}`;
  return texts.join(guard.name.startsWith("or") ? " or " : " and ");
}

/** Null: a function, which has no name that says anything. */
function nameOf(object: unknown): string | null {
  if (typeof object === "string") return object;
  const { type } = object as { readonly type?: unknown };
  return typeof object === "object" && typeof type === "string" ? type : null;
}
