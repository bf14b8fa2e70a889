import type { InterfaceCondition, InterfaceEffects, InterfaceEvent } from "../../machines/interface/effects.ts";
import type { LinkEvent, Rank, WatchedLink } from "../../machines/uplinks/effects.ts";
import type { InterfaceId } from "../../src/net/types.ts";

export const ETH = "eth0" as InterfaceId;

/** Interfaces that others configure: the test says what is seen of them and of their links. */
export class FakeInterfaces implements InterfaceEffects {
  names: readonly InterfaceId[] = [];
  rankOfAll: Rank = { weight: 1, tier: 1 };
  /** Looks that were asked for. */
  looks = 0;
  /** What the next watch is refused with. */
  refusal: Error | null = null;
  readonly watched: WatchedLink[] = [];
  readonly #interfaces = new Map<InterfaceId, (event: InterfaceEvent) => void>();
  readonly #links = new Map<string, (event: LinkEvent) => void>();

  configured(): readonly InterfaceId[] {
    return this.names;
  }

  rank(): Rank {
    return this.rankOfAll;
  }

  watchInterface(id: InterfaceId, emit: (event: InterfaceEvent) => void) {
    this.#refuse();
    this.#interfaces.set(id, emit);
    return {
      look: () => {
        this.looks += 1;
      },
      end: () => void this.#interfaces.delete(id),
    };
  }

  watchLink(input: WatchedLink, emit: (event: LinkEvent) => void): () => void {
    this.#refuse();
    this.watched.push(input);
    this.#links.set(input.id, emit);
    return () => void this.#links.delete(input.id);
  }

  /** Names of the interfaces that are watched, and of those whose link is. */
  open(): { interfaces: readonly string[]; links: readonly string[] } {
    return { interfaces: [...this.#interfaces.keys()], links: [...this.#links.keys()] };
  }

  see(seen: InterfaceCondition, id = ETH): void {
    this.#interfaces.get(id)?.({ type: "interface.seen", ...seen });
  }

  ready(address = "192.0.2.2", id = ETH): void {
    this.see({ condition: "ready", link: { interface: id, address, via: "192.0.2.1", dns: [] } }, id);
  }

  tell(event: LinkEvent, id = ETH): void {
    this.#links.get(id)?.(event);
  }

  #refuse(): void {
    const refusal = this.refusal;
    this.refusal = null;
    if (refusal !== null) throw refusal;
  }
}
