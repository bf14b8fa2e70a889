import { parsePortPath } from "../hotplug/types.ts";
import type { HubStatus } from "../inspector/types.ts";
import { type BusRow, busRows } from "./bus-rows.ts";
import { h, KeyedList, setAttribute, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import { portFacts } from "./port-facts.ts";
import { kindOf } from "./state-kind.ts";
import { StripView } from "./strip-view.ts";
import { durationText, rateText } from "./words.ts";

/** Hubs and ports as they are plugged, each port with its state and what it went through. */
export class BusView {
  readonly #list = h("ul", { class: "bus" });
  readonly #none = h("p", { class: "quiet", text: "Nothing is plugged in that would be ours." });
  readonly element = h(
    "section",
    { "aria-labelledby": "bus-title" },
    h("h2", { id: "bus-title", text: "The bus" }),
    this.#none,
    this.#list,
  );
  readonly #model: Model;
  readonly #rows: KeyedList<BusRow>;

  constructor(model: Model) {
    this.#model = model;
    this.#rows = new KeyedList(this.#list, (row) => (row.hub === null ? this.#portRow() : hubRow()));
  }

  update(): void {
    const { status, history } = this.#model;
    if (status === null) return;
    const rows = busRows(status, history.ports());
    this.#none.hidden = rows.length > 0;
    this.#rows.update(rows, ({ path, hub }) => `${path} ${hub === null}`);
  }

  #portRow(): { element: Element; update(row: BusRow): void } {
    const path = h("span", { class: "path" });
    const name = h("span", { class: "name" });
    const state = h("span", { class: "state" });
    const age = h("span", { class: "age" });
    const facts = h("span", { class: "facts" });
    const strip = new StripView();
    const link = h(
      "a",
      { class: "port" },
      h("span", { class: "line" }, path, " ", name, " ", h("span", { class: "at" }, state, " ", age)),
      facts,
      strip.element,
    );
    const element = h("li", { class: "row" }, link);
    return {
      element,
      update: (row) => {
        const model = this.#model;
        const port = parsePortPath(row.path);
        if (port === null) return;
        const now = model.now();
        const span = model.spanOf(port);
        const label = span?.label ?? (model.at === null ? (row.port?.state ?? "empty") : "unknown");
        setAttribute(link, "href", `#${port}`);
        setAttribute(link, "aria-current", model.port === port ? "true" : null);
        setAttribute(element, "data-depth", row.depth);
        setText(path, port);
        setText(name, row.port?.name ?? "");
        setText(state, label);
        setText(age, span === null ? "" : durationText(model.moment() - span.from));
        state.className = `state k-${kindOf(label)}`;
        setText(facts, model.at === null ? this.#facts(row) : "");
        strip.update(model.spans(port), model.range(), model.at, now);
      },
    };
  }

  #facts({ port }: BusRow): string {
    if (port === null) return "";
    const uplink = this.#model.uplink(port.port);
    const rate = uplink === null ? undefined : this.#model.rates.of(uplink.interface).at(-1);
    return portFacts(port, rate === undefined ? null : `↓ ${rateText(rate.rx)} ↑ ${rateText(rate.tx)}`);
  }
}

function hubRow(): { element: Element; update(row: BusRow): void } {
  const path = h("span", { class: "path" });
  const name = h("span", { class: "name" });
  const power = h("span", { class: "power" });
  const meter = h("meter", { attributes: { min: 0 }, "aria-hidden": "true" });
  const note = h("p", { class: "note" });
  const element = h("li", { class: "row hub" }, h("span", { class: "line" }, path, " ", name, " ", power), meter, note);
  return {
    element,
    update: ({ path: hubPath, depth, hub, port }) => {
      setAttribute(element, "data-depth", depth);
      setText(path, hubPath);
      setText(name, depth === 0 ? "root hub" : port?.name || "hub");
      const fed: HubStatus | null = hub === "unfed" ? null : hub;
      setText(
        power,
        fed === null ? "" : `${fed.drawnMilliamps} of ${fed.budgetMilliamps} mA${fed.over ? ", too much" : ""}`,
      );
      meter.hidden = fed === null;
      const [drawn, budget] = [fed?.drawnMilliamps ?? 0, fed?.budgetMilliamps ?? 1];
      const marks = { max: Math.max(drawn, budget), low: budget, high: budget, optimum: 0 };
      for (const [name, value] of Object.entries(marks)) setAttribute(meter, name, value);
      setAttribute(meter, "value", drawn);
      element.dataset.over = String(fed?.over === true);
      note.hidden = fed?.note == null;
      setText(note, fed?.note ?? "");
    },
  };
}
