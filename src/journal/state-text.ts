/** The innermost active states of an XState state value, each as its path of names; several in parallel regions. */
export function statePaths(value: unknown): readonly (readonly string[])[] {
  if (typeof value === "string") return [[value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = statePaths(inner);
    return below.length === 0 ? [[name]] : below.map((path) => [name, ...path]);
  });
}

/** A whole state value for a person: `online`, `working.dialling`, and for parallel regions `call.up + watch.idle`. */
export function stateText(value: unknown): string {
  return statePaths(value)
    .map((path) => path.join("."))
    .join(" + ");
}

/**
 * What changed between two state values, without what both have in common: from `working.call.ready + working.watch.on` to
 * `working.call.dialling + working.watch.on` it is `ready` and `dialling`. Null: nothing changed.
 */
export function stateChange(before: unknown, after: unknown): { readonly from: string; readonly to: string } | null {
  const old = statePaths(before);
  const now = statePaths(after);
  const has = (paths: typeof old, path: readonly string[]): boolean => paths.some((other) => same(other, path));
  const left = old.filter((path) => !has(now, path));
  const entered = now.filter((path) => !has(old, path));
  if (left.length === 0 && entered.length === 0) return null;
  // A region that only came or went has nothing to be compared with.
  const shared = left.length === 0 || entered.length === 0 ? 0 : sharedDepth([...left, ...entered]);
  const text = (paths: typeof old): string => paths.map((path) => path.slice(shared).join(".")).join(" + ");
  return { from: text(left), to: text(entered) };
}

/** How many leading names all paths share, leaving each at least one. */
function sharedDepth(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  let depth = 0;
  while (paths.every((path) => depth < path.length - 1 && path[depth] === first[depth])) depth += 1;
  return depth;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
