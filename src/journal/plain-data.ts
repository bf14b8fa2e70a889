import { printable } from "../../machines/failure.ts";
import { isSecretName, maskCommands, maskSecret } from "./redact.ts";

const MAX_DEPTH = 5;
const MAX_KEYS = 40;
const MAX_ITEMS = 40;
const MAX_TEXT = 500;
/** Over all of one value, so that width times depth stays bounded too. */
const MAX_NODES = 300;

/**
 * Any value as JSON-safe data for a journal entry: bounded in depth, width and size, texts printable, values with a
 * secret's name masked, `mask` applied to all texts. What cannot be data (functions, symbols, whatever lies too deep) is left out or named. Never throws.
 */
export function plainData(value: unknown, mask: (text: string) => string = maskCommands): unknown {
  let nodes = 0;

  const visit = (part: unknown, depth: number): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES) return "…";
    switch (typeof part) {
      case "string":
        return printable(mask(part.slice(0, 2 * MAX_TEXT)), MAX_TEXT);
      case "number":
        return Number.isFinite(part) ? part : String(part);
      case "boolean":
        return part;
      case "bigint":
        return part.toString();
      case "object":
        return part === null ? null : visitObject(part, depth);
      default:
        return undefined;
    }
  };

  const visitObject = (part: object, depth: number): unknown => {
    if (part instanceof Error) return printable(mask(`${part.name}: ${part.message}`.slice(0, 2 * MAX_TEXT)), MAX_TEXT);
    if (part instanceof Date) return Number.isNaN(part.getTime()) ? "invalid date" : part.toISOString();
    if (ArrayBuffer.isView(part)) return `${part.byteLength} bytes`;
    if (depth >= MAX_DEPTH) return "…";
    if (Array.isArray(part)) return part.slice(0, MAX_ITEMS).map((item) => visit(item, depth + 1) ?? null);
    // Actors, sockets and the like have a class; their insides are no data.
    const prototype = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) return undefined;
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(part).slice(0, MAX_KEYS)) {
      const inner = (part as Record<string, unknown>)[key];
      const shown = isSecretName(key) && typeof inner !== "object" ? maskSecret(inner) : visit(inner, depth + 1);
      if (shown !== undefined) result[printable(mask(key), 60)] = shown;
    }
    return result;
  };

  try {
    return visit(value, 0);
  } catch {
    // A getter or a proxy that throws.
    return "unreadable";
  }
}
