/** The parts of a listed table by name (`chain forward`, `set links`), each with what it holds, in order. */
export type TableListing = ReadonlyMap<string, readonly string[]>;

/** Numbers that differ between two tables of the same text, or between two looks at one. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(["handle", "index", "packets", "bytes", "expires"]);

/**
 * What `nft -j list table` told (libnftables-json(5)): `{"nftables": [{"chain": {…}}, {"rule": {…, "expr": […]}}, …]}`.
 * Anything before the JSON, as a prompt, is left out. Null when it told of no table. Throws SyntaxError.
 */
export function parseListing(output: string): TableListing | null {
  const start = output.indexOf('{"nftables"');
  if (start < 0) return null;
  const line = output.slice(start).split("\n")[0] ?? "";
  const { nftables } = JSON.parse(line) as { nftables?: unknown };
  const parts = new Map<string, string[]>();
  for (const entry of Array.isArray(nftables) ? nftables : []) {
    const [[kind = "", object] = []] = Object.entries(entry as Record<string, unknown>);
    if (typeof object !== "object" || object === null || kind === "metainfo") continue;
    const { name, chain } = object as { name?: unknown; chain?: unknown };
    const part = kind === "rule" ? `chain ${String(chain)}` : `${kind} ${String(name)}`;
    parts.set(part, [...(parts.get(part) ?? []), canonical(object)]);
  }
  return parts.size === 0 ? null : parts;
}

/** How a listing differs from the one that it should be, a phrase for each part; none: it does not. */
export function listingDrift(wanted: TableListing, found: TableListing | null): string[] {
  if (found === null) return ["the table is missing"];
  const missing = [...wanted.keys()].filter((part) => !found.has(part)).map((part) => `${part} is missing`);
  const strange = [...found.keys()].filter((part) => !wanted.has(part)).map((part) => `${part} is not ours`);
  const changed = [...wanted].flatMap(([part, content]) => {
    const present = found.get(part);
    return present === undefined || present.join("\n") === content.join("\n") ? [] : [`${part} was changed`];
  });
  return [...missing, ...strange, ...changed];
}

/** As text, without what is of the moment; a set's elements come in no order that means anything. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (OF_THE_MOMENT.has(key)) return undefined;
    if (key !== "set" || !Array.isArray(inner)) return inner;
    return inner.map((element) => JSON.stringify(element)).sort();
  });
}
