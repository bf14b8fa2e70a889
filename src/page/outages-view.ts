import { h, KeyedList, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import { isPressing, type Outage } from "./outages.ts";
import { clockText, durationText } from "./words.ts";

/** More than anybody reads on a phone. */
const MOST = 12;

/** What was down lately, and why, of all ports: a tap leads to that time of that port. */
export class OutagesView {
  readonly #list = h("ol", { class: "outages" });
  readonly #none = h("p", { class: "quiet", text: "Nothing, as far back as the journal in memory goes." });
  readonly element = h(
    "section",
    { "aria-labelledby": "outages-title" },
    h("h2", { id: "outages-title", text: "Down lately" }),
    this.#none,
    this.#list,
  );
  readonly #model: Model;
  readonly #items: KeyedList<Outage>;

  constructor(model: Model, open: (outage: Outage) => void) {
    this.#model = model;
    this.#items = new KeyedList(this.#list, (first) => this.#item(first, open));
  }

  update(): void {
    const outages = this.#model.outages().slice(0, MOST);
    this.#none.hidden = outages.length > 0;
    this.#items.update(outages, ({ port, from }) => `${port} ${from}`);
  }

  #item(first: Outage, open: (outage: Outage) => void): { element: Element; update(outage: Outage): void } {
    let current = first;
    const place = h("span", { class: "place" });
    const when = h("span", { class: "when" });
    const why = h("span", { class: "why" });
    const link = h("a", { href: "#", class: "outage" }, place, " ", when, " ", why);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(current);
    });
    return {
      element: h("li", {}, link),
      update: (outage) => {
        current = outage;
        const name = this.#model.portStatus(outage.port)?.name ?? "";
        setText(place, `${outage.port}${name === "" ? "" : ` ${name}`}`);
        setText(when, timesText(outage, this.#model.now()));
        setText(why, whyText(outage));
        link.dataset.lasts = String(isPressing(outage));
      },
    };
  }
}

/** The reason, and what it came to where that took longer. */
function whyText(outage: Outage): string {
  return `${outage.why}${laterText(outage)}`;
}

/** `; then denied for 6 min 52 s`, or nothing. */
export function laterText({ mostly }: Outage): string {
  return mostly === null ? "" : `; then ${mostly.label} for ${durationText(mostly.ms)}`;
}

/** `14:02–14:09, 6 min 52 s`, or `since 14:02, 3 min`. */
export function timesText({ from, to }: Outage, now: number): string {
  const ms = (to ?? now) - from;
  const clock = (at: number): string => clockText(at, now, ms < 120_000);
  return `${to === null ? `since ${clock(from)}` : `${clock(from)}–${clock(to)}`}, ${durationText(ms)}`;
}
