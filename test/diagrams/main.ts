// `npm run diagrams`: writes docs/machines.md.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { definitionsOf } from "../../src/agent/definitions.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { World } from "../machines/world.ts";
import { renderDiagrams } from "./render-diagrams.ts";

await writeFile(join(projectRoot(), "docs/machines.md"), renderDiagrams(definitionsOf(new World().agent.logic)));
