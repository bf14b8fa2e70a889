import type { Logger } from "pino";
import { isFailureKind, mendOf } from "../../machines/failure.ts";
import type { PortPath } from "../hotplug/types.ts";
import type { Journal, JournalEntry } from "../journal/types.ts";
import { portLogger } from "./create-logger.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * The level of an entry, by who must act: a failure that only a hand can mend is an error, one that needs somebody to change
 * their mind a warning, one that mends itself an information. Changes of state are information, the rest is detail.
 */
export function levelOf(entry: JournalEntry): LogLevel {
  const kind = failureKindOf(entry);
  if (kind !== null) {
    if (!isFailureKind(kind)) return "warn";
    return ({ hand: "error", later: "warn", soon: "info" } as const)[mendOf(kind)];
  }
  return entry.topic === "transition" || entry.topic === "agent" ? "info" : "debug";
}

/** Logs each new entry of the journal, one line each, until the returned function is called. */
export function logJournal(journal: Journal, logger: Logger): () => void {
  const children = new Map<PortPath, Logger>();
  return journal.follow((entry) => {
    const { port, topic, text, seq } = entry;
    let log = logger;
    if (port !== null) {
      log = children.get(port) ?? portLogger(logger, port);
      children.set(port, log);
    }
    const cause = entry.data?.cause;
    const kind = failureKindOf(entry);
    log[levelOf(entry)](
      { topic, seq, ...(typeof cause === "string" ? { cause } : {}), ...(kind === null ? {} : { failure: kind }) },
      text,
    );
  });
}

function failureKindOf({ data }: JournalEntry): string | null {
  const failure = data?.failure;
  if (typeof failure !== "object" || failure === null) return null;
  const { kind } = failure as { kind?: unknown };
  return typeof kind === "string" ? kind : null;
}
