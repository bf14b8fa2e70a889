import { printable } from "../../machines/failure.ts";
import { parsePortPath } from "../hotplug/types.ts";
import type { JournalEntry, Topic } from "./types.ts";

export const TOPICS: ReadonlySet<Topic> = new Set(["event", "transition", "at", "process", "network", "agent"]);

/** One line of a journal file as an entry; null when it is none (torn by a power cut, or not ours). */
export function parseLine(line: string): JournalEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { seq, time, port, topic, text, data } = value as Record<string, unknown>;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return null;
  if (typeof time !== "string" || Number.isNaN(Date.parse(time)) || typeof text !== "string") return null;
  if (typeof topic !== "string" || !TOPICS.has(topic as Topic)) return null;
  const path = typeof port === "string" ? parsePortPath(port) : null;
  if (port !== null && path === null) return null;
  return {
    seq,
    time: printable(time, 40),
    port: path,
    topic: topic as Topic,
    text: printable(text, 500),
    ...(typeof data === "object" && data !== null && !Array.isArray(data)
      ? { data: data as Readonly<Record<string, unknown>> }
      : {}),
  };
}
