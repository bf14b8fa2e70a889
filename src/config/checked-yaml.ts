import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type * as z from "zod";
import { printable } from "../../machines/failure.ts";
import type { FileProblem } from "./file-problem.ts";

/** No file of ours names a node more than a few times; more is a mistake or a "billion laughs". */
const MAX_ALIASES = 20;
/** A file with hundreds of problems is the wrong file. */
const MAX_PROBLEMS = 20;

/**
 * Parses YAML 1.2 and checks it against a schema. An empty text counts as an empty map. Every problem has its line;
 * none quotes a value of the file, which may be a secret. Never throws.
 */
export function checkedYaml<S extends z.ZodType>(
  text: string,
  schema: S,
  file: string,
): { value: z.output<S> } | { problems: FileProblem[] } {
  const lines = new LineCounter();
  const problem = (offset: number, reason: string): FileProblem => ({
    file,
    line: lines.linePos(offset).line,
    reason: printable(reason, 300),
  });
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, version: "1.2" });
  // The parser's own sentences quote the text, so only its codes are used.
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_PROBLEMS);
  if (faults.length > 0) {
    return {
      problems: faults.map((e) => problem(e.pos[0], `not valid YAML: ${e.code.toLowerCase().replaceAll("_", " ")}`)),
    };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch {
    return { problems: [{ file, line: 0, reason: "not valid YAML: aliases that are unknown or too many" }] };
  }
  const checked = schema.safeParse(content);
  if (checked.success) return { value: checked.data };
  return {
    problems: checked.error.issues.slice(0, MAX_PROBLEMS).map((issue) => {
      const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
      const where = path.map(String).join(".");
      const reason =
        issue.code === "unrecognized_keys" ? "unknown key" : issue.message.replace(/^Invalid (?:input|option): /, "");
      return problem(offsetOf(document, path), where === "" ? reason : `${where}: ${reason}`);
    }),
  };
}

/** Where the path's last key (or list item) stands; the deepest part of it that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const step of path) {
    let next: unknown;
    let at: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      [at, next] = [pair?.key, pair?.value];
    } else if (isSeq(node) && typeof step === "number") {
      [at, next] = [node.items[step], node.items[step]];
    }
    const range = (at as Node | null | undefined)?.range;
    if (!range) break;
    offset = range[0];
    node = next;
  }
  return offset;
}
