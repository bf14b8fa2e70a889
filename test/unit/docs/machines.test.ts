import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { definitionsOf } from "../../../src/agent/definitions.ts";
import { renderDiagrams } from "../../diagrams/render-diagrams.ts";
import { World } from "../../machines/world.ts";

test("the documented charts are those of the machines (`npm run diagrams` makes them anew)", async () => {
  const made = renderDiagrams(definitionsOf(new World().agent.logic));
  expect(await readFile("docs/machines.md", "utf8")).toBe(made);
});

test("no chart says what Mermaid refuses: a description of a state that has states in it", async () => {
  const charts = (await readFile("docs/machines.md", "utf8")).split("\n## ").slice(1);
  expect(charts.length).toBeGreaterThan(5);
  for (const chart of charts) {
    const composite = [...chart.matchAll(/^ *state ".*" as (\w+) \{$/gm)].map(([, id]) => id);
    const described = [...chart.matchAll(/^ *(\w+) : /gm)].map(([, id]) => id);
    expect(described.filter((id) => composite.includes(id))).toEqual([]);
  }
});
