import type { PortPath } from "../hotplug/types.ts";
import type { MachineDefinition, PortStatus, Status, UplinkStatus } from "../inspector/types.ts";
import { type Away, awayTimes } from "./agent-away.ts";
import { History } from "./history.ts";
import { isPressing, type Outage, outagesOf } from "./outages.ts";
import { RateBook } from "./rates.ts";
import { type TimeRange, zoomed } from "./scale.ts";
import { type Span, spanAt, spansOf } from "./spans.ts";

const HOUR = 3_600_000;
const LASTS_MS = 10_000;
const SHORTEST_VIEW_MS = 120_000;

/** All that the page shows, and what of it somebody looks at. Views read it; only page.ts changes it. */
export class Model {
  status: Status | null = null;
  machines: readonly MachineDefinition[] = [];
  readonly history = new History();
  readonly rates = new RateBook();
  /** What keeps the page from being true now, for a person; null: nothing. */
  problem: string | null = null;
  /** How far the agent's clock is ahead of this one. */
  skewMs = 0;
  /** The port that is looked at closely. */
  port: PortPath | null = null;
  /** The moment that is looked at; null: now. */
  at: number | null = null;
  /** The stretch of time that is shown; without `end` it ends now, without `length` it is what there is, an hour at most. */
  view: { readonly end: number | null; readonly length: number | null } = { end: null, length: null };

  #derivedFrom = "";
  #away: readonly Away[] = [];
  #spans = new Map<PortPath, readonly Span[]>();
  #outages: readonly Outage[] = [];

  /** By the agent's clock, in ms. */
  now(): number {
    return Date.now() + this.skewMs;
  }

  moment(): number {
    return this.at ?? this.now();
  }

  range(): TimeRange {
    const to = this.view.end ?? this.now();
    const known = this.now() - (this.history.beginsAt ?? this.now());
    const length = this.view.length ?? Math.max(SHORTEST_VIEW_MS, Math.min(HOUR, known * 1.03));
    return { from: to - length, to };
  }

  /** All that there is to see. */
  whole(): TimeRange {
    const to = this.now();
    return { from: Math.min(this.history.beginsAt ?? to, to - SHORTEST_VIEW_MS), to };
  }

  zoom(factor: number): void {
    const whole = this.whole();
    const { from, to } = zoomed(this.range(), factor, this.moment(), whole);
    this.view = { end: to >= whole.to - 1000 ? null : to, length: to - from };
  }

  /** Moves the shown stretch, as little as needed, so that the moment is in it. */
  reveal(): void {
    const { from, to } = this.range();
    if (this.at === null) this.view = { ...this.view, end: null };
    else if (this.at < from || this.at > to) {
      const end = Math.min(this.now(), this.at + (to - from) / 2);
      this.view = { end: end >= this.now() - 1000 ? null : end, length: to - from };
    }
  }

  /** Shows a time as a whole, with some of before and after. */
  frame(from: number, to: number | null): void {
    const end = to ?? this.now();
    const margin = Math.max(20_000, (end - from) * 0.3);
    const last = Math.min(end + margin, this.now());
    this.view = { end: last >= this.now() - 1000 ? null : last, length: last - from + margin };
  }

  away(): readonly Away[] {
    this.#derive();
    return this.#away;
  }

  spans(port: PortPath): readonly Span[] {
    this.#derive();
    return this.#spans.get(port) ?? [];
  }

  /** Of all ports, the latest first. */
  outages(): readonly Outage[] {
    this.#derive();
    return this.#outages;
  }

  /** The outage of a port that the moment falls into; null: none. */
  outageAt(port: PortPath): Outage | null {
    const at = this.moment();
    return this.outages().find((each) => each.port === port && each.from <= at && (each.to ?? at) >= at) ?? null;
  }

  /** What the port is in at the moment, or was. */
  spanOf(port: PortPath): Span | null {
    return spanAt(this.spans(port), this.moment());
  }

  portStatus(port: PortPath): PortStatus | null {
    return this.status?.ports.find((each) => each.port === port) ?? null;
  }

  uplink(port: PortPath): UplinkStatus | null {
    return this.status?.uplinks.find((each) => each.port === port) ?? null;
  }

  #derive(): void {
    const { history } = this;
    // What lasts gets longer, also when nothing happens.
    const from = `${history.version} ${Math.floor(this.now() / LASTS_MS)}`;
    if (this.#derivedFrom === from) return;
    this.#derivedFrom = from;
    this.#away = awayTimes(history.all);
    this.#spans = new Map(history.ports().map((port) => [port, spansOf(history.of(port), this.#away)]));
    this.#outages = [...this.#spans]
      .flatMap(([port, spans]) => outagesOf(port, spans, history.of(port), this.now()))
      .sort((a, b) => Number(isPressing(b)) - Number(isPressing(a)) || b.from - a.from);
  }
}
