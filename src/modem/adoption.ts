import { access } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { PortPath } from "../hotplug/types.ts";
import { type LinkRecord, LinkRecords } from "../ppp/link-records.ts";
import { endStray, findStrayPppd, isRunning, type StrayPppd } from "../ppp/stray-pppd.ts";

export interface AdoptionOptions {
  /** Whether a modem in this port is to be used at all. */
  readonly enabled: (port: PortPath) => boolean;
  readonly tell: (text: string) => void;
  /** For tests: the world that records are held against. */
  readonly records?: LinkRecords;
  readonly world?: World;
}

export interface World {
  findStrays(): Promise<readonly StrayPppd[]>;
  endStray(pid: number): Promise<void>;
  isRunning(record: LinkRecord): Promise<boolean>;
  /** IPv4 addresses of an interface that is up. */
  addressesOf(interfaceName: string): readonly string[];
  hasTty(path: string): Promise<boolean>;
}

const REAL_WORLD: World = {
  findStrays: findStrayPppd,
  endStray,
  isRunning,
  addressesOf: (name) => (networkInterfaces()[name] ?? []).map(({ address }) => address),
  hasTty: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
};

/**
 * What an earlier agent left running: links that are adopted, each by the modem in its port, and the rest, which is ended.
 * One is adopted when its record and the world agree in everything; what was not online yet has no record.
 */
export class Adoption {
  readonly records: LinkRecords;
  readonly #options: AdoptionOptions;
  readonly #world: World;
  readonly #waiting = new Map<PortPath, LinkRecord>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
    this.records = options.records ?? new LinkRecords();
    this.#world = options.world ?? REAL_WORLD;
  }

  /** Once, at the start: the links that are to be adopted. Resolves when all else is gone, in 7 s at worst. */
  async find(): Promise<readonly LinkRecord[]> {
    const { tell } = this.#options;
    const strays = await this.#world.findStrays();
    await Promise.all(
      strays.map(async ({ pid, port }) => {
        const record = await this.records.read(port);
        const objection = record?.pid === pid ? await this.#objection(record) : "it is on no record as online";
        if (record === null || objection !== null) {
          tell(`pppd ${pid} of ${port} was left by an earlier agent and is ended: ${objection}`);
          return this.#world.endStray(pid);
        }
        tell(`pppd ${pid} of ${port} was left by an earlier agent and is adopted`);
        this.#waiting.set(port, record);
      }),
    );
    await this.records.keepOnly([...this.#waiting.keys()]);
    return [...this.#waiting.values()];
  }

  /** What waits to be taken over in this port. */
  waiting(port: PortPath): LinkRecord | null {
    return this.#waiting.get(port) ?? null;
  }

  /** The caller is its owner from now on. */
  take(record: LinkRecord): void {
    this.#waiting.delete(record.port);
  }

  /** Ends what nobody has taken over; resolves when it is gone. */
  async abandon(): Promise<void> {
    for (const { pid, port } of this.#waiting.values()) {
      this.#options.tell(`pppd ${pid} of ${port} was taken over by no modem and is ended`);
      const end = this.#world.endStray(pid).finally(() => this.#ending.delete(end));
      this.#ending.add(end);
    }
    this.#waiting.clear();
    await Promise.all(this.#ending);
  }

  /** Why the link of this record is not to be adopted, or null. */
  async #objection(record: LinkRecord): Promise<string | null> {
    const { port, link, ports } = record;
    if (!this.#options.enabled(port)) return "the port is disabled";
    if (!(await this.#world.isRunning(record))) return "it is another process than the one on record";
    if (!this.#world.addressesOf(link.interface).includes(link.address))
      return `${link.interface} is not up with ${link.address}`;
    const ttys = await Promise.all([ports.at, ports.data].map((tty) => this.#world.hasTty(tty)));
    return ttys.includes(false) ? "its serial ports are not there" : null;
  }
}
