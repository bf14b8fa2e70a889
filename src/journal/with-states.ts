import type { PortPath } from "../hotplug/types.ts";
import type { Journal, NewEntry } from "./types.ts";

/**
 * The journal for effects, and what tells it of changes of state: an AT exchange, a line of a process and the like say in
 * `during` which state the port's machines were in.
 */
export function withStates(journal: Journal): { journal: Journal; note(port: PortPath, state: string): void } {
  /** By port, then by machine: the last word of each. Ports are few and paths are bounded, so this is too. */
  const states = new Map<PortPath, Map<string, string>>();
  const during = (entry: NewEntry): NewEntry => {
    const known = entry.port === null ? undefined : states.get(entry.port);
    return known === undefined ? entry : { ...entry, data: { ...entry.data, during: [...known.values()].join(", ") } };
  };
  return {
    journal: {
      ...journal,
      // Made in order with all else that was put off, so the state is that of the time.
      write: (entry) =>
        journal.write(() => {
          const made = typeof entry === "function" ? entry() : entry;
          return made === null ? null : during(made);
        }),
    },
    note(port, state) {
      const machine = state.split(" ", 1)[0] ?? "";
      states.set(port, (states.get(port) ?? new Map<string, string>()).set(machine, state));
    },
  };
}
