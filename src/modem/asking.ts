import { AsyncLocalStorage } from "node:async_hooks";

const effect = new AsyncLocalStorage<string>();

/** The effect on whose behalf a modem is asked now, also after what that has awaited and in timers that it has set; null: none. */
export function asker(): string | null {
  return effect.getStore() ?? null;
}

/** The same effects, each of which is told by `asker` while it works. */
export function knownByName<Effects extends object>(effects: Effects): Effects {
  const known = Object.entries(effects).map(([name, work]: [string, (...given: unknown[]) => unknown]) => [
    name,
    (...given: unknown[]) => effect.run(name, () => work(...given)),
  ]);
  return Object.fromEntries(known) as Effects;
}
