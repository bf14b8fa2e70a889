import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { definitionsOf } from "../../../src/agent/definitions.ts";
import { renderDiagrams } from "../../diagrams/render-diagrams.ts";
import { World } from "../../machines/world.ts";

test("the documented charts are those of the machines (`npm run diagrams` makes them anew)", async () => {
  const made = renderDiagrams(definitionsOf(new World().agent.logic));
  expect(await readFile("docs/machines.md", "utf8")).toBe(made);
});
