import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../../src/config/config-schema.ts";
import { MODEM_DEFAULTS } from "../../../src/config/modem-schema.ts";

/** All names of a value's keys, those below them too. */
function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, `${path}.${key}`));
}

const defaults = configSchema.parse({});
const text = await readFile("packaging/wanherd.yaml", "utf8");
const uncommented = text
  .split("\n")
  .filter((line) => line.startsWith("# "))
  .map((line) => line.slice(2))
  .join("\n");

test("as it is installed it says nothing: all defaults hold", () => {
  expect(parse(text)).toBeNull();
});

test("with all its keys taken out of their comments it says what holds without it, and names every key there is", () => {
  const said = parse(uncommented) as unknown;
  expect(configSchema.parse(said)).toEqual(defaults);
  const { modems, ...rest } = defaults;
  const wanted = [...keysOf(rest), ...Object.keys(MODEM_DEFAULTS).map((key) => `.modems.defaults.${key}`)];
  expect(keysOf(said).sort()).toEqual(wanted.filter((key) => key !== ".").sort());
  expect(modems.named).toEqual({});
});

test("each key can be taken out of its comment alone, with the keys above it", () => {
  const lines = text.split("\n").filter((line) => line.startsWith("# "));
  for (const [index, line] of lines.entries()) {
    const own = line.slice(2);
    const depth = (each: string): number => each.length - each.trimStart().length;
    const above: string[] = [];
    let least = depth(own);
    for (const earlier of lines
      .slice(0, index)
      .reverse()
      .map((each) => each.slice(2))) {
      if (depth(earlier) >= least) continue;
      above.unshift(earlier);
      least = depth(earlier);
    }
    if (/:\s*$/.test(own)) continue;
    expect(configSchema.safeParse(parse([...above, own].join("\n"))).success, own).toBe(true);
  }
});
