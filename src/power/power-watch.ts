import {
  type HotplugEvent,
  type HubFacts,
  type HubPath,
  hubsAbove,
  type PortPath,
  type UsbDevice,
} from "../hotplug/types.ts";
import type { HubStatus } from "../inspector/types.ts";
import { BrownOuts } from "./brown-outs.ts";
import { hubPower } from "./budget.ts";
import { consumerOf } from "./consumer.ts";
import { brownOutText, powerNote } from "./describe.ts";
import type { BrownOut, HubPower, Seat, Supplies } from "./types.ts";

export interface PowerWatchOptions {
  rootHub(hub: HubPath): Promise<HubFacts | null>;
  supplies(): Supplies;
  seat(port: PortPath): Seat | null;
  /** For the journal; `hub` says of which. */
  tell(text: string, hub: HubPath): void;
  /** Ms of a steady clock. */
  now(): number;
}

/** A stick that is switched is away for seconds: that its hub is over-committed again when it is back is no news. */
const SAME_STORY_MS = 60_000;
/** What vanishes within this time of the first loss belongs to it. */
const SAME_LOSS_MS = 10_000;

/** Watches what hangs on each hub, by the events of hotplug alone: over-commitment and what looks like brown-outs. */
export class PowerWatch {
  readonly #options: PowerWatchOptions;
  readonly #devices = new Map<PortPath, UsbDevice>();
  readonly #rootHubs = new Map<HubPath, HubFacts>();
  readonly #brownOuts = new BrownOuts();
  /** Hubs that were told of as over-committed: by how much at most, and since when they are not any more. */
  readonly #told = new Map<HubPath, { readonly overMilliamps: number; readonly endedMs: number | null }>();
  /** What the hubs fed before the last loss: afterwards nobody can tell what was too much. */
  #beforeLoss: { readonly atMs: number; readonly hubs: readonly HubPower[] } | null = null;

  constructor(options: PowerWatchOptions) {
    this.#options = options;
  }

  /** Takes note of an event on its way to the machines: a loss is judged by what the port was doing before it. */
  pass(event: HotplugEvent, emit: (event: HotplugEvent) => void): void {
    if (event.type === "device.detached") this.#lose(event.port);
    emit(event);
    if (event.type === "device.detached") this.check();
    if (event.type === "device.attached") void this.#take(event.device);
  }

  /** Looks whether a hub has become over-committed, and tells of it. To be called when the supplies may have changed. */
  check(): void {
    const nowMs = this.#options.now();
    const over = new Map(this.#power().flatMap((hub) => (hub.overMilliamps > 0 ? [[hub.hub, hub] as const] : [])));
    for (const [hub, told] of this.#told) {
      if (!over.has(hub) && told.endedMs === null) this.#told.set(hub, { ...told, endedMs: nowMs });
    }
    for (const hub of over.values()) {
      const { overMilliamps } = hub;
      const told = this.#told.get(hub.hub);
      const goesOn = told !== undefined && nowMs - (told.endedMs ?? nowMs) <= SAME_STORY_MS;
      const isNews = !goesOn || overMilliamps > told.overMilliamps;
      this.#told.set(hub.hub, { overMilliamps: isNews ? overMilliamps : told.overMilliamps, endedMs: null });
      if (isNews) this.#tell(hub.hub, powerNote(hub, null) ?? "");
    }
  }

  /** All hubs with something on them, as the status shows them. */
  hubs(): readonly HubStatus[] {
    return this.#power().map((hub): HubStatus => {
      const { drawnMilliamps, budgetMilliamps, devices } = hub;
      const last = this.#brownOuts.of(hub.hub, this.#options.now());
      return {
        port: hub.hub,
        drawnMilliamps,
        budgetMilliamps,
        over: hub.overMilliamps > 0,
        devices,
        note: powerNote(hub, last, last === null ? "" : this.#age(last)),
      };
    });
  }

  #lose(port: PortPath): void {
    const atMs = this.#options.now();
    if (this.#beforeLoss === null || atMs - this.#beforeLoss.atMs > SAME_LOSS_MS) {
      this.#beforeLoss = { atMs, hubs: this.#power() };
    }
    const seat = this.#options.seat(port);
    if (seat?.holdsStillModem === true) this.#brownOuts.lost(port, seat.name, atMs);
    this.#devices.delete(port);
  }

  async #take(device: UsbDevice): Promise<void> {
    const { port } = device;
    this.#devices.set(port, device);
    const found = this.#brownOuts.returned(port, this.#options.now());
    const root = hubsAbove(port).at(-1) as HubPath;
    const facts = await this.#options.rootHub(root);
    if (facts !== null) this.#rootHubs.set(root, facts);
    this.check();
    if (found === null) return;
    const hub = this.#beforeLoss?.hubs.find((each) => each.hub === found.hub);
    // Of a root hub that sysfs does not know, there is no budget to tell.
    this.#tell(found.hub, (hub === undefined ? null : powerNote(hub, found)) ?? brownOutText(found));
  }

  #tell(hub: HubPath, note: string): void {
    this.#options.tell(`power of hub ${hub}: ${note}`, hub);
  }

  #age({ atMs }: BrownOut): string {
    const minutes = Math.floor((this.#options.now() - atMs) / 60_000);
    return minutes === 0 ? " (just now)" : ` (${minutes} min ago)`;
  }

  #power(): readonly HubPower[] {
    const { seat, supplies } = this.#options;
    const consumers = [...this.#devices.values()].map((device) => consumerOf(device, seat(device.port)?.name ?? ""));
    return hubPower(consumers, this.#rootHubs, supplies());
  }
}
