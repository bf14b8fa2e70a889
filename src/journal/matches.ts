import { lineText } from "./line-text.ts";
import type { EntryFilter, EntryLine } from "./types.ts";

/** Whether an entry is wanted. Only a search in texts has to look into the line. */
export function matches(filter: EntryFilter, entry: EntryLine): boolean {
  const { port, topics, from, to, text } = filter;
  if (port !== undefined && entry.port !== port) return false;
  if (topics !== undefined && !topics.has(entry.topic)) return false;
  if (from !== undefined && entry.timeMs < from) return false;
  if (to !== undefined && entry.timeMs > to) return false;
  if (text === undefined) return true;
  const { text: said } = JSON.parse(lineText(entry)) as { text: string };
  return said.toLowerCase().includes(text.toLowerCase());
}
