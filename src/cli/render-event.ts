import { printable } from "../../machines/failure.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { Style } from "./style.ts";
import { clockText } from "./time-text.ts";

/** One line of `wanherd events`: time, port, what happened and, for a change of state, what caused it. */
export function renderEvent(entry: JournalEntry, style: Style, zoneMinutes?: number): string {
  const cause = entry.topic === "transition" ? entry.data?.cause : undefined;
  const because = typeof cause === "string" ? style.dim(` (${printable(cause, 100)})`) : "";
  const text = printable(entry.text, 500);
  return `${style.dim(clockText(entry.time, zoneMinutes))}  ${(entry.port ?? "-").padEnd(7)}  ${paint(entry, style)(text)}${because}`;
}

function paint(entry: JournalEntry, style: Style): (text: string) => string {
  if (entry.data?.failure !== undefined) return style.bad;
  if (entry.topic === "transition") return style.bold;
  return (text) => text;
}
