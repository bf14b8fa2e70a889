import { ActionsView } from "./actions-view.ts";
import { ChartView } from "./chart-view.ts";
import { h, setAttribute, setText } from "./dom.ts";
import { countUntil } from "./history.ts";
import type { Model } from "./model.ts";
import { portFacts } from "./port-facts.ts";
import { machinesAt } from "./spans.ts";
import { kindOf } from "./state-kind.ts";
import { StoryView } from "./story-view.ts";
import { type TimelineActions, TimelineView } from "./timeline-view.ts";
import { TranscriptView } from "./transcript-view.ts";

/** Of a port's machines those that have something to show, the one that tells most first. */
const MACHINES = ["modem", "radio", "port"] as const;

/** One port, at one moment: its timeline, why it was down then, its statecharts, what happened, and what a hand can do. */
export class PortView {
  readonly #title = h("h2", { attributes: { tabindex: -1 } });
  readonly #state = h("span", { class: "state" });
  readonly #facts = h("p", { class: "facts" });
  readonly #reason = h("p", { class: "reason" });
  readonly #tabs = h("fieldset", { class: "choice" }, h("legend", { class: "unseen", text: "Statechart" }));
  readonly #frame = h("div");
  readonly #chart = new ChartView("port");
  readonly #timeline: TimelineView;
  readonly #story: StoryView;
  readonly #transcript: TranscriptView;
  readonly #actions: ActionsView;
  readonly element: HTMLElement;
  readonly #model: Model;
  #wanted: (typeof MACHINES)[number] | null = null;
  #seen = "";

  constructor(model: Model, actions: TimelineActions, say: (text: string) => void) {
    this.#model = model;
    this.#timeline = new TimelineView(model, actions);
    this.#story = new StoryView(model);
    this.#transcript = new TranscriptView(model);
    this.#actions = new ActionsView(model, say);
    for (const machine of MACHINES) {
      const input = h("input", { type: "radio", attributes: { name: "machine", value: machine } });
      input.addEventListener("change", () => {
        this.#wanted = machine;
        this.#updateChart();
      });
      this.#tabs.append(h("label", {}, input, h("span", { text: machine })));
    }
    this.#frame.append(this.#chart.element);
    this.element = h(
      "article",
      { class: "close", "aria-label": "port" },
      h("a", { class: "back", href: "#", text: "‹ The bus" }),
      h("header", { class: "port-head" }, this.#title, this.#state),
      // Nothing whose height changes is above what a finger is on.
      this.#timeline.element,
      this.#story.element,
      this.#reason,
      this.#facts,
      this.#actions.element,
      h(
        "div",
        { class: "beside" },
        h(
          "section",
          { class: "charts", "aria-labelledby": "chart-title" },
          h("div", { class: "titled" }, h("h3", { id: "chart-title", text: "Statechart" }), this.#tabs),
          this.#frame,
        ),
        this.#transcript.element,
      ),
    );
    new ResizeObserver(() => this.#updateChart()).observe(this.#frame);
  }

  focus(): void {
    this.#title.focus({ preventScroll: true });
  }

  update(): void {
    const model = this.#model;
    const { port } = model;
    this.element.hidden = port === null;
    if (port === null) return;
    if (this.#seen !== port) {
      this.#seen = port;
      this.#wanted = null;
    }
    const status = model.portStatus(port);
    setText(this.#title, `${port}${status === null || status.name === "" ? "" : ` ${status.name}`}`);
    const label = model.spanOf(port)?.label ?? status?.state ?? "empty";
    setText(this.#state, label);
    this.#state.className = `state k-${kindOf(label)}`;
    const apn = status?.modem?.apn == null ? null : `APN ${status.modem.apn}`;
    const facts = status === null ? "" : portFacts(status, apn, status.radio?.interface ?? null, status.usbId);
    setText(this.#facts, model.at === null ? facts : "");
    const reason = model.at === null && model.outageAt(port) === null ? (status?.reason ?? "") : "";
    setText(this.#reason, reason);
    this.#timeline.update();
    this.#story.update();
    this.#actions.update();
    this.#transcript.update();
    this.#updateChart();
  }

  #updateChart(): void {
    const { port, machines, history } = this.#model;
    const width = Math.floor(this.#frame.clientWidth) - 4;
    if (port === null || machines.length === 0 || width < 100) return;
    const at = this.#model.moment();
    const noted = history.of(port);
    const states = machinesAt(noted.slice(0, countUntil(noted, at)), at, this.#model.away());
    const shown = this.#wanted ?? MACHINES.find((machine) => states.has(machine)) ?? "port";
    for (const input of this.#tabs.querySelectorAll("input")) {
      input.checked = input.value === shown;
      const isThere = states.has(input.value) || input.value === "port" || input.value === this.#wanted;
      setAttribute(input.parentElement as Element, "hidden", isThere ? null : "");
    }
    const definition = machines.find(({ id }) => id === shown);
    if (definition !== undefined) this.#chart.update(definition, states.get(shown) ?? null, width, this.#model.now());
  }
}
