import type { StateValue } from "xstate";

/** A state value from the text that the journal has of it (`stateText`): `a.b + a.c` is `{ a: { b: {}, c: {} } }`, `a.b` is `{ a: "b" }`. */
export function stateValueOf(text: string): StateValue {
  return toValue(leavesOf(text));
}

function toValue(paths: readonly (readonly string[])[]): StateValue {
  const below = new Map<string, (readonly string[])[]>();
  for (const [name = "", ...rest] of paths) {
    const others = below.get(name) ?? [];
    below.set(name, rest.length === 0 ? others : [...others, rest]);
  }
  const [[only, inner] = ["", []]] = below;
  if (below.size === 1 && inner.length === 0) return only;
  return Object.fromEntries([...below].map(([name, inside]) => [name, inside.length === 0 ? {} : toValue(inside)]));
}

/** The innermost active states, each as its path of names. */
export function leavesOf(text: string): readonly (readonly string[])[] {
  return text.split(" + ").map((path) => path.split("."));
}

/** All active states, by their paths joined by dots, from the outermost in; not the root. */
export function activeIn(text: string): ReadonlySet<string> {
  return new Set(leavesOf(text).flatMap((names) => names.map((_, index) => names.slice(0, index + 1).join("."))));
}
