/** An XState state value for a person: `online`, `online.suspect`, and for parallel regions `link.up + watch.idle`. */
export function stateText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "?";
  return Object.entries(value)
    .map(([name, inner]) => {
      const rest = stateText(inner);
      return rest === "" ? name : `${name}.${rest}`;
    })
    .join(" + ");
}
