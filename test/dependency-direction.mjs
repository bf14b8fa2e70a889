// Who may import whom; run by `npm run check`. Prints each import against the rules below and ends with 1 if there is any.
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * src/<folder>: the sibling folders whose code it may use. Beyond this table everyone may import the types.ts of
 * everyone, machines/failure.ts, and (types only) the contracts machines/<machine>/effects.ts. A folder that is not listed
 * may not exist; `all` is for the places where machines and effects meet.
 */
const MAY_USE = {
  agent: "all",
  at: ["process"],
  bundle: ["config", "net", "ppp", "process"],
  cli: [
    "bundle",
    "concentrator",
    "config",
    "firewall",
    "inspect",
    "inspector",
    "journal",
    "measure",
    "power",
    "radio",
    "report",
    "resolver",
    "systemd",
  ],
  concentrator: ["bundle", "config", "net", "process"],
  config: [],
  decisions: ["config"],
  firewall: ["process"],
  hostapd: ["net", "process", "radio"],
  hotplug: ["process", "usb"],
  identify: ["at", "config", "hotplug", "modem", "rules"],
  inspect: ["inspector"],
  inspector: ["journal"],
  journal: ["at"],
  lan: ["net", "process"],
  link: ["net", "ppp"],
  log: [],
  measure: [],
  modem: ["at", "config", "decisions", "link", "operators", "ppp"],
  net: ["process"],
  operators: ["config"],
  // What runs in the browser; of the agent only labels.ts, which is pure.
  page: ["agent", "journal"],
  power: ["hotplug"],
  ppp: ["at", "process"],
  process: [],
  radio: ["process"],
  report: ["config", "inspector", "journal", "process"],
  resolver: ["net", "process"],
  rules: ["config"],
  secrets: ["config"],
  stately: ["journal"],
  systemd: ["process"],
  usb: [],
};
/** Nothing imports the program itself, and machines know of no package but this. */
const MAIN = "src/main.ts";
const MACHINES_PACKAGE = "xstate";

/** `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")` at the start of a statement, or anywhere for the last. */
const STATIC = /^(?:import|export)\s+(?:(type)\s+)?(?:[\w*\s{},$]+?\s+from\s+)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

/** What a source text imports: the specifier, and whether only types are taken. */
export function importsOf(text) {
  const found = [...text.matchAll(STATIC)].map(([, type, specifier]) => ({ specifier, typeOnly: type === "type" }));
  for (const [, specifier] of text.matchAll(DYNAMIC)) found.push({ specifier, typeOnly: false });
  return found;
}

/** Why `from` may not import `to` (paths from the project's root, or a package's name), or null. */
export function objection(from, to, typeOnly) {
  const isFile = /^(src|machines|test)\//.test(to);
  if (to === MAIN) return "nothing imports the program itself";
  if (from.startsWith("test/")) return null;
  if (to.startsWith("test/")) return "only tests import tests";
  const isTypes = /^src\/[^/]+\/types\.ts$/.test(to);
  if (from.startsWith("machines/")) {
    if (to === MACHINES_PACKAGE || to.startsWith("machines/") || isTypes) return null;
    return `machines import ${MACHINES_PACKAGE}, machines and src/*/types.ts only`;
  }
  const folder = folderOf(from);
  if (!isFile || folder === null) return null;
  const allowed = MAY_USE[folder];
  if (allowed === undefined) return `src/${folder} is not in the table of this check`;
  if (allowed === "all" || isTypes || to === "machines/failure.ts") return null;
  if (/^machines\/[^/]+\/effects\.ts$/.test(to)) return typeOnly ? null : "of effects.ts only types may be imported";
  if (to.startsWith("machines/")) return "effects know no machine";
  const target = folderOf(to);
  if (target === null) return "files beside main.ts are main.ts's own";
  return target === folder || allowed.includes(target) ? null : `src/${folder} may not use src/${target}`;
}

/** The first cycle in a graph (Map of node → nodes), as a path that ends where it began, or null. */
export function findCycle(graph) {
  const done = new Set();
  const path = [];
  const visit = (node) => {
    if (done.has(node)) return null;
    const start = path.indexOf(node);
    if (start !== -1) return [...path.slice(start), node];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** All complaints about the project at `root`. */
export function checkProject(root) {
  const complaints = [];
  const graph = new Map();
  for (const file of ["machines", "src", "test"].flatMap((folder) => sourcesIn(root, folder))) {
    const targets = [];
    for (const { specifier, typeOnly } of importsOf(readFileSync(join(root, file), "utf8"))) {
      const to = specifier.startsWith(".") ? inProject(root, resolve(root, dirname(file), specifier)) : specifier;
      const why = objection(file, to, typeOnly);
      if (why !== null) complaints.push(`${file} imports ${to}: ${why}`);
      // An import of types is gone at run time, so it closes no cycle.
      if (!typeOnly) targets.push(to);
    }
    graph.set(file, targets);
  }
  const cycle = findCycle(graph);
  if (cycle !== null) complaints.push(`a cycle: ${cycle.join(" → ")}`);
  return complaints;
}

/** The folder below src/ that a file is in, or null for src/main.ts and what is not in src/. */
function folderOf(file) {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? null;
}

function sourcesIn(root, folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => inProject(root, join(root, folder, name)));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

function inProject(root, path) {
  return relative(root, path).split(sep).join("/");
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const complaints = checkProject(resolve(dirname(fileURLToPath(import.meta.url)), ".."));
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
