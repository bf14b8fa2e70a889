import type { JournalEntry } from "../journal/types.ts";
import { placeText } from "./address.ts";
import { h, KeyedList, setAttribute, setText } from "./dom.ts";
import { eventText } from "./event-text.ts";
import { countUntil, type Noted } from "./history.ts";
import type { Model } from "./model.ts";
import { clockText } from "./words.ts";

/** Lines before the moment, and after it: enough to scroll through on a phone. */
const BEFORE = 80;
const AFTER = 20;

const CHOICES = [
  ["all", "All", () => true],
  ["steps", "Steps", ({ topic, data }: JournalEntry) => topic === "transition" || data?.failure !== undefined],
  ["at", "AT", ({ topic }: JournalEntry) => topic === "at"],
] as const;

/** What the journal tells of a port around the moment: events, steps, and what was said to the modem and by it. */
export class TranscriptView {
  readonly #list = h("ol", { class: "transcript", "aria-label": "journal of this port", attributes: { tabindex: 0 } });
  readonly #none = h("p", { class: "quiet", text: "Nothing of that kind is recorded." });
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #lines: KeyedList<Noted>;
  #choice: (typeof CHOICES)[number] = CHOICES[0];
  #shown = "";

  constructor(model: Model) {
    this.#model = model;
    this.#lines = new KeyedList(this.#list, (noted) => this.#line(noted));
    const choices = CHOICES.map((choice) => {
      const [name, text] = choice;
      const input = h("input", { type: "radio", attributes: { name: "transcript", value: name } });
      input.checked = choice === this.#choice;
      input.addEventListener("change", () => {
        this.#choice = choice;
        this.update();
      });
      return h("label", {}, input, h("span", { text }));
    });
    this.element = h(
      "section",
      { class: "told", "aria-labelledby": "told-title" },
      h(
        "div",
        { class: "titled" },
        h("h3", { id: "told-title", text: "What happened" }),
        h("fieldset", { class: "choice" }, h("legend", { class: "unseen", text: "Show" }), ...choices),
      ),
      this.#none,
      this.#list,
    );
  }

  update(): void {
    const model = this.#model;
    if (model.port === null) return;
    const wanted = model.history.of(model.port).filter(({ entry }) => this.#choice[2](entry));
    const until = countUntil(wanted, model.moment());
    const shown = wanted.slice(Math.max(0, until - BEFORE), until + AFTER);
    const current = wanted[until - 1];
    const key = `${model.port} ${this.#choice[0]} ${shown[0]?.entry.seq} ${shown.at(-1)?.entry.seq} ${current?.entry.seq}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.#none.hidden = shown.length > 0;
    this.#lines.update(shown, ({ entry }) => String(entry.seq));
    for (const [index, element] of [...this.#list.children].entries()) {
      const isCurrent = shown[index] === current;
      setAttribute(element, "aria-current", isCurrent ? "true" : null);
      element.classList.toggle("later", index > shown.indexOf(current as Noted));
      if (isCurrent) this.#scrollTo(element as HTMLElement);
    }
  }

  /** Within the list only: the page itself stays where somebody has put it. */
  #scrollTo({ offsetTop, offsetHeight }: HTMLElement): void {
    const list = this.#list;
    list.scrollTop = offsetTop - list.clientHeight * 0.6 + offsetHeight;
  }

  #line({ at, entry }: Noted): { element: Element; update(): void } {
    const { topic, text, data } = entry;
    // Who asked goes for the answer too, which follows.
    const cause = typeof data?.cause === "string" && (topic !== "at" || text.startsWith("→")) ? data.cause : "";
    const { message } = (data?.failure ?? {}) as { readonly message?: unknown };
    // A failed effect's entry says it already.
    const failed = typeof message === "string" && !text.includes(message) ? message : "";
    const time = h("a", { class: "time", href: placeText({ port: entry.port, at }) });
    const element = h(
      "li",
      { class: `entry t-${topic}` },
      time,
      " ",
      h("span", { class: "text", text: failed === "" ? eventText(entry) : `${text}: ${failed}` }),
      cause === "" ? null : h("span", { class: "because", text: ` (${cause})` }),
    );
    if (data?.failure !== undefined) element.dataset.failure = "true";
    return { element, update: () => setText(time, clockText(at, this.#model.now())) };
  }
}
