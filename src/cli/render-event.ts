import { printable } from "../../machines/failure.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { Style } from "./style.ts";
import { clockText } from "./time-text.ts";

/** One line of `wanherd events`: time, port, and what happened. */
export function renderEvent(entry: JournalEntry, style: Style, zoneMinutes?: number): string {
  const time = style.dim(clockText(entry.time, zoneMinutes));
  return `${time}  ${(entry.port ?? "-").padEnd(7)}  ${whatHappened(entry, style)}`;
}

/** What happened and, for a change of state, what caused it. */
export function whatHappened(entry: JournalEntry, style: Style): string {
  const cause = entry.topic === "transition" ? entry.data?.cause : undefined;
  const because = typeof cause === "string" ? style.dim(` (${printable(cause, 100)})`) : "";
  return `${paint(entry, style)(printable(entry.text, 500))}${because}`;
}

function paint(entry: JournalEntry, style: Style): (text: string) => string {
  if (entry.data?.failure !== undefined) return style.bad;
  if (entry.topic === "transition") return style.bold;
  return (text) => text;
}
