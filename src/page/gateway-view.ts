import { placeText } from "./address.ts";
import { ChartView } from "./chart-view.ts";
import { h, KeyedList, setAttribute, setText } from "./dom.ts";
import { countUntil, type Noted } from "./history.ts";
import type { Model } from "./model.ts";
import { fractionOf } from "./scale.ts";
import { machinesAt } from "./spans.ts";
import type { TimelineActions } from "./timeline-view.ts";
import { clockText, durationText } from "./words.ts";

/** What belongs to no port, in the order in which somebody asks for it; named ones, as `interface eth0`, come after. */
const FIRST = ["agent", "uplinks", "resolver", "bundle", "accessPoint"];
const STEPS = 12;

/** The machines that belong to the gateway as a whole: the statechart of one of them, at the moment that is looked at, and its last steps. */
export class GatewayView {
  readonly #names = h("fieldset", { class: "choice" }, h("legend", { class: "unseen", text: "Machine" }));
  readonly #frame = h("div");
  readonly #chart = new ChartView("gateway");
  readonly #moment = h("p", { class: "quiet" });
  readonly #slider = h("input", {
    type: "range",
    "aria-label": "moment of the gateway",
    attributes: { min: 0, max: 1000, step: 1, value: 1000 },
  });
  readonly #list = h("ol", { class: "transcript steps", "aria-label": "steps of this machine" });
  readonly #steps: KeyedList<Noted>;
  readonly element = h(
    "details",
    { class: "gateway" },
    h("summary", {}, h("h2", { text: "The gateway's own machines" })),
    this.#names,
    this.#moment,
    this.#slider,
    this.#frame,
    this.#list,
  );
  readonly #model: Model;
  #chosen = "uplinks";
  #named = "";

  constructor(model: Model, { look }: Pick<TimelineActions, "look">) {
    this.#model = model;
    this.#frame.append(this.#chart.element);
    this.#steps = new KeyedList(this.#list, ({ at, entry }) => {
      const time = h("a", { class: "time" });
      const cause = typeof entry.data?.cause === "string" ? ` (${entry.data.cause})` : "";
      const element = h(
        "li",
        { class: `entry t-${entry.topic}` },
        ...[time, " ", h("span", { class: "text", text: entry.text }), h("span", { class: "because", text: cause })],
      );
      return {
        element,
        update: () => {
          setText(time, clockText(at, model.now()));
          setAttribute(time, "href", placeText({ port: model.port, at }));
        },
      };
    });
    this.#slider.addEventListener("input", () => {
      const { from, to } = model.range();
      const isNow = model.view.end === null && this.#slider.value === "1000";
      look(isNow ? null : from + (Number(this.#slider.value) / 1000) * (to - from), false);
    });
    this.#slider.addEventListener("change", () => look(model.at, true));
    this.element.addEventListener("toggle", () => this.update());
    new ResizeObserver(() => this.update()).observe(this.#frame);
  }

  update(): void {
    const model = this.#model;
    const width = Math.floor(this.#frame.clientWidth) - 4;
    if (!this.element.open || model.machines.length === 0 || width < 100) return;
    const at = model.moment();
    const own = model.history.ofGateway();
    const states = machinesAt(own.slice(0, countUntil(own, at)), at, model.away());
    this.#updateNames([...FIRST, ...[...states.keys()].filter((name) => !FIRST.includes(name))]);
    const definition = model.machines.find(({ id }) => id === this.#chosen.split(" ", 1)[0]);
    if (definition !== undefined) this.#chart.update(definition, states.get(this.#chosen) ?? null, width, model.now());
    const ago = model.at === null ? "Now" : `${clockText(at, model.now())}, ${durationText(model.now() - at)} ago`;
    setText(this.#moment, ago);
    setAttribute(this.#slider, "aria-valuetext", ago);
    const value = String(Math.round(fractionOf(model.range(), at) * 1000));
    if (this.#slider.value !== value) this.#slider.value = value;
    const steps = own.filter(({ entry }) => this.#isOf(entry));
    const until = countUntil(steps, at);
    this.#steps.update(steps.slice(Math.max(0, until - STEPS), until).reverse(), ({ entry }) => String(entry.seq));
  }

  /** The pool's changes are told by who makes them. */
  #isOf({ topic, text, data }: Noted["entry"]): boolean {
    return topic === "transition" ? data?.machine === this.#chosen : this.#chosen === "uplinks" && /^pool: /.test(text);
  }

  #updateNames(names: readonly string[]): void {
    const key = names.join("\n");
    if (key === this.#named) return;
    this.#named = key;
    if (!names.includes(this.#chosen)) this.#chosen = "uplinks";
    for (const label of [...this.#names.querySelectorAll("label")]) label.remove();
    for (const name of names) {
      const input = h("input", { type: "radio", attributes: { name: "gateway", value: name } });
      input.checked = name === this.#chosen;
      input.addEventListener("change", () => {
        this.#chosen = name;
        this.update();
      });
      this.#names.append(h("label", {}, input, h("span", { text: name })));
    }
  }
}
