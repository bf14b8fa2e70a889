import { bundleLabel } from "../agent/labels.ts";
import type { BundleStatus } from "../inspector/types.ts";
import { ChartView } from "./chart-view.ts";
import { h, KeyedList, setAttribute, setText } from "./dom.ts";
import { countUntil } from "./history.ts";
import type { Model } from "./model.ts";
import { type MachineState, machinesAt } from "./spans.ts";
import { kindOf } from "./state-kind.ts";
import { stateValueOf } from "./state-value.ts";
import { durationText } from "./words.ts";

type Member = BundleStatus["members"][number];

/** The bundle, where there is one: where it leads, whether it carries and why not, over which links, and its statechart. */
export class BundleView {
  readonly #state = h("span", { class: "state" });
  readonly #age = h("span", { class: "age" });
  readonly #to = h("span", { class: "facts" });
  readonly #reason = h("p", { class: "quiet" });
  readonly #list = h("ul", { class: "members", "aria-label": "links of the bundle" });
  readonly #members = new KeyedList<Member>(this.#list, memberItem);
  readonly #frame = h("div");
  readonly #chart = new ChartView("bundle");
  readonly #charted = h("details", {}, h("summary", { text: "Statechart of the bundle" }), this.#frame);
  readonly element = h(
    "section",
    { class: "bundle", "aria-labelledby": "bundle-title" },
    h("h2", { id: "bundle-title", text: "The bundle" }),
    h("p", { class: "line" }, this.#state, " ", this.#age, " ", this.#to),
    this.#reason,
    this.#list,
    this.#charted,
  );
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
    this.#frame.append(this.#chart.element);
    this.#charted.addEventListener("toggle", () => this.update());
    new ResizeObserver(() => this.update()).observe(this.#frame);
  }

  update(): void {
    const model = this.#model;
    const at = model.moment();
    const own = model.history.ofGateway();
    const known = machinesAt(own.slice(0, countUntil(own, at)), at, model.away()).get("bundle") ?? null;
    // What the status says is of now; of an earlier moment only the journal tells.
    const now = model.at === null ? (model.status?.bundle ?? null) : null;
    const label = now?.state ?? (model.at === null || known === null ? "off" : bundleLabel(stateValueOf(known.state)));
    this.element.hidden = label === "off";
    if (label === "off") return;
    setText(this.#state, label);
    this.#state.className = `state k-${kindOf(label)}`;
    setText(this.#age, now === null ? "" : durationText(model.now() - Date.parse(now.since)));
    setText(this.#to, now === null ? "" : `${now.engine} to ${now.concentrator}`);
    setText(this.#reason, now?.reason ?? "");
    this.#members.update(now?.members ?? [], (member) => member.interface);
    this.#drawChart(known);
  }

  #drawChart(known: MachineState | null): void {
    const width = Math.floor(this.#frame.clientWidth) - 4;
    if (!this.#charted.open || width < 100) return;
    const definition = this.#model.machines.find(({ id }) => id === "bundle");
    if (definition !== undefined) this.#chart.update(definition, known, width, this.#model.now());
  }
}

/** A link of a port leads to that; one that the config names has no place of its own. */
function memberItem(): { element: Element; update(member: Member): void } {
  const link = h("a", { class: "path" });
  return {
    element: h("li", {}, link),
    update: ({ interface: name, port }) => {
      setText(link, port === null ? name : `${port} ${name}`);
      setAttribute(link, "href", port === null ? null : `#${port}`);
    },
  };
}
