import { Advertiser } from "./advertiser.ts";
import { Carrier } from "./carrier.ts";
import { NameServer } from "./name-server.ts";
import { PLAIN_OFFER } from "./pppd.ts";
import { applyShape, type Shape } from "./shaping.ts";
import { createCarriers } from "./world.ts";

export interface CarrierOffer {
  readonly nameServer?: boolean;
  readonly mtu?: number | null;
  readonly ipv6?: boolean;
}

/** All carriers of the guest, made as they are needed, and which port's modem uses which. */
export class Carriers {
  readonly #carriers = new Map<number, Promise<Carrier>>();
  readonly #made = new Map<number, Carrier>();
  readonly #shapes = new Map<number, Shape>();
  readonly #nameServers = new Map<number, NameServer>();
  readonly #advertisers = new Map<number, Advertiser>();
  readonly #users = new Map<number, string>();

  /** Makes those that are not there yet, all at once. */
  async ensure(ids: readonly number[]): Promise<void> {
    const missing = ids.filter((id) => !this.#carriers.has(id));
    const created = missing.length === 0 ? Promise.resolve() : createCarriers(missing);
    for (const id of missing) {
      this.#carriers.set(
        id,
        created.then(() => {
          const carrier = new Carrier(id);
          this.#made.set(id, carrier);
          return carrier;
        }),
      );
    }
    await Promise.all(ids.map((id) => this.#carriers.get(id)));
  }

  /** @throws when there is no such carrier yet. */
  get(id: number): Carrier {
    const carrier = this.#made.get(id);
    if (carrier === undefined) throw new Error(`there is no carrier ${id}`);
    return carrier;
  }

  /** The carrier for the modem in this port. @throws when another port's modem has it. */
  async lend(id: number, port: string): Promise<Carrier> {
    const user = this.#users.get(id);
    if (user !== undefined && user !== port) throw new Error(`carrier ${id} serves the modem in port ${user}`);
    this.#users.set(id, port);
    await this.ensure([id]);
    return this.get(id);
  }

  giveBack(port: string): void {
    for (const [id, user] of this.#users) if (user === port) this.#users.delete(id);
  }

  /** What the next calls get: a name server that answers this carrier's own clients only, an MTU, IPv6; else the usual. */
  async offer(id: number, { nameServer = false, mtu = null, ipv6 = false }: CarrierOffer): Promise<void> {
    await this.ensure([id]);
    this.#nameServers.get(id)?.end();
    this.#nameServers.delete(id);
    if (nameServer) this.#nameServers.set(id, new NameServer(id));
    this.#advertisers.get(id)?.end();
    this.#advertisers.delete(id);
    if (ipv6) this.#advertisers.set(id, new Advertiser(id));
    this.get(id).offer = { nameServer: this.#nameServers.get(id)?.address ?? PLAIN_OFFER.nameServer, mtu, ipv6 };
  }

  async shape(id: number, shape: Shape): Promise<void> {
    await this.ensure([id]);
    this.#shapes.set(id, shape);
    await applyShape(id, shape);
  }

  async blackhole(id: number, mode: "packets" | "bytes" | "off"): Promise<void> {
    this.get(id).setDeaf(mode === "bytes");
    await applyShape(id, mode === "packets" ? "black hole" : (this.#shapes.get(id) ?? {}));
  }
}
