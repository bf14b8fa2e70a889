import type { StateDefinition, TransitionDefinition } from "../inspector/types.ts";
import { activeIn } from "./state-value.ts";

/** A transition that an active state has, and whose it is. */
export interface WayOut extends TransitionDefinition {
  readonly from: string;
}

/** What can be next in this state, and on what: of the innermost states first, as they decide before the outer ones do. */
export function waysOut(root: StateDefinition, state: string): readonly WayOut[] {
  const active = activeIn(state);
  const found: { readonly depth: number; readonly way: WayOut }[] = [];
  const visit = (each: StateDefinition, path: string, depth: number): void => {
    for (const way of each.transitions) if (way.targets.length > 0) found.push({ depth, way: { ...way, from: path } });
    for (const inner of each.states) {
      const innerPath = path === "" ? inner.key : `${path}.${inner.key}`;
      if (active.has(innerPath)) visit(inner, innerPath, depth + 1);
    }
  };
  visit(root, "", 0);
  return found.sort((a, b) => b.depth - a.depth).map(({ way }) => way);
}
