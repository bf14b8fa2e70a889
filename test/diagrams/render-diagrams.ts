import type { MachineDefinition, StateDefinition } from "../../src/inspector/types.ts";

const HEAD = `# The machines

Made by \`npm run diagrams\` from the machines themselves; a test holds this file against them. A transition says what causes it and,
in brackets, under which condition; one that goes by itself has no cause. What a state does while it is active stands below its name, or in brackets after it.
The same charts, with the active state lit, are in the inspector's page.
`;

/** All charts as one document in Markdown, each a diagram of Mermaid's (stateDiagram-v2). */
export function renderDiagrams(machines: readonly MachineDefinition[]): string {
  const sorted = [...machines].sort((a, b) => (a.id < b.id ? -1 : 1));
  const parts = sorted.map(({ id, root }) => `## ${id}\n\n\`\`\`mermaid\nstateDiagram-v2\n${chart(root)}\`\`\`\n`);
  return [HEAD, ...parts].join("\n");
}

function chart(root: StateDefinition): string {
  const states = root.states.map((state) => block(state, state.key, 1));
  return `${[...states, ...begin(root, "", 1), ...arrows(root, "")].join("\n")}\n`;
}

/** A state, with those in it; `path` is its name from the root. */
function block(state: StateDefinition, path: string, depth: number): string {
  const indent = "  ".repeat(depth);
  const inner = state.states.map((each) => block(each, `${path}.${each.key}`, depth + 1));
  const does = state.invokes.filter((invoke) => !/^\d+\.|^xstate/.test(invoke));
  const doing = does.map(clean).join(", ");
  if (inner.length === 0) {
    const note = doing === "" ? [] : [`${indent}${idOf(path)} : ${doing}`];
    return [`${indent}state "${state.key}" as ${idOf(path)}`, ...note].join("\n");
  }
  // Mermaid refuses a description of a state that has states in it, but not a long name.
  const name = `${indent}state "${state.key}${doing === "" ? "" : ` (${doing})`}" as ${idOf(path)}`;
  const separator = state.type === "parallel" ? `\n${indent}  --\n` : "\n";
  const body = [inner.join(separator), ...begin(state, path, depth + 1)].join("\n");
  return [`${name} {`, body, `${indent}}`].join("\n");
}

function begin(state: StateDefinition, path: string, depth: number): readonly string[] {
  if (state.initial === null) return [];
  const first = path === "" ? state.initial : `${path}.${state.initial}`;
  return [`${"  ".repeat(depth)}[*] --> ${idOf(first)}`];
}

/** Of a state and all in it. What leads nowhere else is left out, as is what the root itself takes in every state but its end. */
function arrows(state: StateDefinition, path: string): readonly string[] {
  const from = path === "" ? null : idOf(path);
  const own = state.transitions.flatMap(({ event, guard, targets }) =>
    targets
      .filter((target) => target !== "" && target !== path)
      .map((target) => {
        const label = [clean(event), guard === null ? "" : `[${clean(guard)}]`].filter((word) => word !== "").join(" ");
        return `  ${from ?? "[*]"} --> ${idOf(target)}${label === "" ? "" : ` : ${label}`}`;
      }),
  );
  const end = state.type === "final" && from !== null ? [`  ${from} --> [*]`] : [];
  const inner = state.states.flatMap((each) => arrows(each, path === "" ? each.key : `${path}.${each.key}`));
  return [...new Set([...own, ...end, ...inner])];
}

function idOf(path: string): string {
  return path.replaceAll(".", "__").replace(/[^A-Za-z0-9_]/g, "_");
}

/** Mermaid ends a label at a colon or a semicolon, and takes `#` for an entity. */
function clean(text: string): string {
  return text.replaceAll(":", " ").replaceAll(";", ",").replaceAll("#", "").replace(/\s+/g, " ").trim();
}
