import { printable } from "../../machines/failure.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { Style } from "./style.ts";
import { textWidth, wrap } from "./text-width.ts";
import { clockText } from "./time-text.ts";

/** One line of `wanherd events`: time, port, and what happened. */
export function renderEvent(entry: JournalEntry, style: Style, zoneMinutes?: number): string {
  const time = style.dim(clockText(entry.time, zoneMinutes));
  return `${time}  ${(entry.port ?? "-").padEnd(7)}  ${whatHappened(entry, style)}`;
}

/** What happened and, for a change of state or of the pool, what caused it. */
export function whatHappened(entry: JournalEntry, style: Style): string {
  const cause = causeOf(entry);
  return `${paint(entry, style)(printable(entry.text, 500))}${cause === "" ? "" : ` ${style.dim(cause)}`}`;
}

/** The same in lines of at most `columns`. */
export function whatHappenedIn(columns: number, entry: JournalEntry, style: Style): string[] {
  const text = wrap(printable(entry.text, 500), columns);
  const painted = text.map(paint(entry, style));
  const cause = causeOf(entry);
  if (cause === "") return painted;
  const last = text.at(-1) ?? "";
  if (textWidth(`${last} ${cause}`) > columns) return [...painted, ...wrap(cause, columns).map(style.dim)];
  return [...painted.slice(0, -1), `${painted.at(-1) ?? ""} ${style.dim(cause)}`];
}

function causeOf({ topic, data }: JournalEntry): string {
  const cause = topic === "transition" || topic === "network" ? data?.cause : undefined;
  return typeof cause === "string" ? `(${printable(cause, 100)})` : "";
}

function paint(entry: JournalEntry, style: Style): (text: string) => string {
  if (entry.data?.failure !== undefined) return style.bad;
  if (entry.topic === "transition") return style.bold;
  return (text) => text;
}
