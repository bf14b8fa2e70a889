import { expect } from "vitest";
import type { PortStatus, Status } from "../../src/inspector/types.ts";
import type { Box } from "../bus/box.ts";
import type { Model } from "../bus/devices/models/models.ts";
import type { ModemParams } from "../bus/devices/serial/modem-params.ts";

const PATIENCE_MS = 90_000;

/**
 * A row of sticks, each named for what it is like, in ports of their own from the first on: they are plugged in at once and
 * live side by side, so that a scenario need not wait for the one before it. Port n has carrier n.
 */
export class Row<Name extends string> {
  readonly #box: Box;
  readonly #sticks: Readonly<Record<Name, Model>>;
  readonly #names: readonly Name[];
  readonly #first: number;
  readonly #hub: string | null;
  #sinceMs = 0;

  /**
   * @param first the number of the first one's port.
   * @param hub the port of the hub that they are plugged into; null: the root hub.
   */
  constructor(box: Box, sticks: Readonly<Record<Name, Model>>, first = 1, hub: string | null = null) {
    this.#first = first;
    this.#hub = hub;
    this.#box = box;
    this.#sticks = sticks;
    this.#names = Object.keys(sticks) as Name[];
  }

  port(name: Name): string {
    const number = this.carrier(name);
    return this.#hub === null ? this.#box.bus.port(number) : `${this.#hub}.${number}`;
  }

  carrier(name: Name): number {
    return this.#names.indexOf(name) + this.#first;
  }

  async plug(): Promise<void> {
    this.#sinceMs = Number((await this.#box.guest.now()) / 1_000_000n);
    await Promise.all(this.#names.map((name) => this.#box.bus.plug(this.port(name), this.#sticks[name])));
  }

  /** Pulls all of them out, and looks that soon nothing is left of any. */
  async pull(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.#box.bus.unplug(this.port(name))));
    await this.empty();
  }

  /** Waits until nothing is left of any of them: no state, link, process, open tty. */
  async empty(): Promise<void> {
    const own = this.#names.map((name) => this.port(name));
    const isOwn = ({ port }: { readonly port: string | null }): boolean => port !== null && own.includes(port);
    // One that is pulled while a step of its recovery runs is awaited for a minute.
    const isEmpty = ({ ports, uplinks }: Status): boolean => !ports.some(isOwn) && !uplinks.some(isOwn);
    await this.#box.until("its ports are empty", isEmpty, PATIENCE_MS);
    await this.#box.untilNothingLeft(own);
  }

  set(name: Name, modem: Partial<ModemParams>): Promise<void> {
    return this.#box.bus.set(this.port(name), modem);
  }

  /** Waits until a person is shown this state and, with `kind`, this failure with a word of advice. */
  async shows(name: Name, state: string, kind: string | null = null, timeoutMs = PATIENCE_MS): Promise<PortStatus> {
    const shown = await this.until(
      name,
      `${state}${kind === null ? "" : ` for ${kind}`}`,
      (port) => port.state === state && (port.failure?.kind ?? null) === kind,
      timeoutMs,
    );
    if (kind !== null) expect(shown.failure?.advice).toMatch(/\w/);
    return shown;
  }

  /** Waits until it has failed so, in whatever state it is about it by now; answers with what a person is told. */
  async failed(name: Name, kind: string, timeoutMs = PATIENCE_MS): Promise<string> {
    const { failure } = await this.until(name, `failed as ${kind}`, (port) => port.failure?.kind === kind, timeoutMs);
    expect(failure?.advice).toMatch(/\w/);
    return failure?.message ?? "";
  }

  /** Waits until it is online, nothing wrong any more, and its link in the pool. */
  async online(name: Name, timeoutMs = PATIENCE_MS): Promise<PortStatus> {
    const port = this.port(name);
    const { ports } = await this.#box.until(
      `${name} (${port}) is online and its link in the pool`,
      (status) =>
        status.ports.some((each) => each.port === port && each.state === "online" && each.failure === undefined) &&
        status.uplinks.some((link) => link.port === port && link.health === "good"),
      timeoutMs,
    );
    return ports.find((each) => each.port === port) as PortStatus;
  }

  /** Asks for another try whenever it waits for one, as somebody does who has mended the fault, until it is online. */
  async retried(name: Name): Promise<void> {
    const states = ["online", "redialling", "resting"];
    for (let tries = 0; tries < 10; tries++) {
      const { state } = await this.until(name, "at rest or online", (port) => states.includes(port.state));
      if (state === "online") break;
      await this.#box.bus.act(this.port(name), "retry");
    }
    await this.online(name);
  }

  /** Waits until its link is not in the pool. */
  async offline(name: Name, timeoutMs = PATIENCE_MS): Promise<void> {
    const isOut = (link: { readonly port: string | null }): boolean => link.port !== this.port(name);
    await this.#box.until(`${name} has left the pool`, ({ uplinks }) => uplinks.every(isOut), timeoutMs);
  }

  async until(
    name: Name,
    what: string,
    wanted: (port: PortStatus) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<PortStatus> {
    const isWanted = (each: PortStatus): boolean => each.port === this.port(name) && wanted(each);
    const status = await this.#box.until(
      `${name} (${this.port(name)}) is ${what}`,
      ({ ports }) => ports.some(isWanted),
      timeoutMs,
    );
    return status.ports.find(isWanted) as PortStatus;
  }

  /** How many command lines that begin so the stick was sent since it was plugged in. */
  async sent(name: Name, beginning: string): Promise<number> {
    return (await this.commands(name)).filter((command) => command.startsWith(beginning)).length;
  }

  /** The command lines that the stick was sent since it was plugged in, oldest first. */
  async commands(name: Name): Promise<string[]> {
    const log = await this.#box.bus.log(this.port(name), this.#sinceMs);
    return log.filter(({ kind }) => kind === "to modem").map(({ text }) => text);
  }
}
