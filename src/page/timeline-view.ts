import { h, setAttribute, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import { fractionOf, timeTicks } from "./scale.ts";
import { spanAt } from "./spans.ts";
import { StripView } from "./strip-view.ts";
import { clockText, durationText, timeOfDay } from "./words.ts";

const TICKS = 5;

export interface TimelineActions {
  /** Null: now. `settled`: somebody has let go, and the address may tell of it. */
  look(at: number | null, settled: boolean): void;
  zoom(factor: number): void;
}

/**
 * What one port went through, to be dragged back through: a slider over the band of its states. By keys, left and right go from
 * step to step of its machines, page up and down from state to state, Home to the oldest, End to now.
 */
export class TimelineView {
  readonly #strip = new StripView();
  readonly #slider = h("input", {
    type: "range",
    "aria-label": "moment",
    attributes: { min: 0, max: 1000, step: 1, value: 1000 },
  });
  readonly #ticks = h("div", { class: "ticks", "aria-hidden": "true" });
  readonly #moment = h("p", { class: "moment" });
  readonly #goTo = h("input", { type: "time", "aria-label": "go to a time", attributes: { step: 1 } });
  readonly #live = h("button", { type: "button", class: "live", text: "Now" });
  readonly element: HTMLElement;
  readonly #model: Model;

  constructor(model: Model, { look, zoom }: TimelineActions) {
    this.#model = model;
    const button = (text: string, label: string, act: () => void): HTMLButtonElement =>
      h("button", { type: "button", text, "aria-label": label, on: { click: act } });
    const step = (direction: 1 | -1, coarse: boolean): void => look(this.#neighbour(direction, coarse), true);
    this.#slider.addEventListener("input", () => {
      const { from, to } = model.range();
      const at = from + (Number(this.#slider.value) / 1000) * (to - from);
      look(model.view.end === null && this.#slider.value === "1000" ? null : at, false);
    });
    this.#slider.addEventListener("change", () => look(model.at, true));
    this.#slider.addEventListener("keydown", (event) => {
      const act = {
        ArrowLeft: () => step(-1, false),
        ArrowRight: () => step(1, false),
        PageUp: () => step(-1, true),
        PageDown: () => step(1, true),
        Home: () => look(model.range().from, true),
        End: () => look(null, true),
      }[event.key];
      if (act === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      act();
    });
    this.#live.addEventListener("click", () => look(null, true));
    this.#goTo.addEventListener("change", () => {
      const at = timeOfDay(this.#goTo.value, model.now());
      if (at !== null) look(at, true);
    });
    this.element = h(
      "section",
      { class: "timeline", "aria-label": "timeline" },
      this.#moment,
      h("div", { class: "track" }, this.#strip.element, this.#slider),
      this.#ticks,
      h(
        "div",
        { class: "controls" },
        button("‹", "state before", () => step(-1, true)),
        button("›", "state after", () => step(1, true)),
        button("−", "show more time", () => zoom(2)),
        button("+", "show less time", () => zoom(0.5)),
        h("label", { class: "go-to" }, h("span", { text: "Go to" }), this.#goTo),
        this.#live,
      ),
    );
  }

  update(): void {
    const model = this.#model;
    const { port } = model;
    if (port === null) return;
    const range = model.range();
    const at = model.moment();
    const now = model.now();
    const span = model.spanOf(port);
    this.#strip.update(model.spans(port), range, model.at, now);
    const value = String(Math.round(fractionOf(range, at) * 1000));
    if (this.#slider.value !== value) this.#slider.value = value;
    const state = span === null ? "nothing known" : `${span.label} for ${durationText(at - span.from)}`;
    setAttribute(this.#slider, "aria-valuetext", `${model.at === null ? "now" : clockText(at, now)}, ${state}`);
    const ago = model.at === null ? "Now" : `${clockText(at, now)}, ${durationText(now - at)} ago`;
    setText(this.#moment, `${ago}: ${state}`);
    this.#live.disabled = model.at === null;
    const wanted = clockText(at, at);
    if (document.activeElement !== this.#goTo && this.#goTo.value !== wanted) this.#goTo.value = wanted;
    this.#drawTicks();
  }

  #drawTicks(): void {
    const range = this.#model.range();
    const zone = -new Date(range.to).getTimezoneOffset() * 60_000;
    const seconds = range.to - range.from < 5 * 60_000;
    // One at an end would be cut.
    const isWithin = (tick: number): boolean => Math.abs(fractionOf(range, tick) - 0.5) < 0.44;
    const ticks = timeTicks(range, TICKS, zone)
      .filter(isWithin)
      .map((tick) => {
        const label = h("span", { text: clockText(tick, range.to, seconds) });
        label.style.left = `${fractionOf(range, tick) * 100}%`;
        return label;
      });
    this.#ticks.replaceChildren(...ticks);
  }

  /** The next moment at which something is another, or the one before; null: now. */
  #neighbour(direction: 1 | -1, coarse: boolean): number | null {
    const model = this.#model;
    const { port } = model;
    if (port === null) return null;
    const spans = model.spans(port);
    const times = coarse
      ? spans.map(({ from }) => from)
      : model.history.of(port).flatMap(({ at, entry }) => (entry.topic === "transition" ? [at] : []));
    const at = model.moment();
    if (direction === 1) return times.find((time) => time > at) ?? null;
    // From now, back to the beginning of what is now.
    const here = coarse && model.at === null ? spanAt(spans, at)?.from : undefined;
    return here ?? times.findLast((time) => time < at) ?? model.at;
  }
}
