import type { RadioDevice, RadioId } from "../radio/types.ts";
import type { RadioHotplugEvent } from "./types.ts";

/**
 * What is known of the radios that are no USB device's, kept in step with the world as PortBook does for ports: signals say
 * *look*, and the difference is told.
 */
export class RadioBook {
  readonly #read: () => Promise<readonly RadioDevice[]>;
  readonly #emit: (event: RadioHotplugEvent) => void;
  readonly #known = new Map<RadioId, RadioDevice>();
  #looking: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(read: () => Promise<readonly RadioDevice[]>, emit: (event: RadioHotplugEvent) => void) {
    this.#read = read;
    this.#emit = emit;
  }

  /** Looks now, or once more when a look is under way. Resolves when a look begun after this call is done. */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#again = true;
    this.#looking ??= this.#lookUntilSettled();
    return this.#looking;
  }

  /** Reports nothing any more; resolves when no look is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#looking;
  }

  async #lookUntilSettled(): Promise<void> {
    do {
      this.#again = false;
      const seen = await this.#read();
      if (!this.#closed) this.#update(seen);
    } while (this.#again && !this.#closed);
    this.#looking = null;
  }

  #update(seen: readonly RadioDevice[]): void {
    for (const id of [...this.#known.keys()]) {
      if (seen.some((radio) => radio.id === id)) continue;
      this.#known.delete(id);
      this.#emit({ type: "radio.vanished", id });
    }
    for (const radio of seen) {
      if (isSameRadio(this.#known.get(radio.id) ?? null, radio)) continue;
      this.#known.set(radio.id, radio);
      this.#emit({ type: "radio.appeared", radio });
    }
  }
}

export function isSameRadio(a: RadioDevice | null, b: RadioDevice | null): boolean {
  if (a === null || b === null) return a === b;
  return a.phy === b.phy && a.interface === b.interface && a.blocked === b.blocked;
}
