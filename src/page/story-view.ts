import { h, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import { type Outage, shortened } from "./outages.ts";
import { laterText, timesText } from "./outages-view.ts";
import { durationText } from "./words.ts";

/** The answer to “why was it down then?”: of the outage that the moment falls into, when, why, and what came of it. */
export class StoryView {
  readonly #when = h("p", { class: "when" });
  readonly #why = h("p", { class: "why" });
  readonly #path = h("p", { class: "went" });
  readonly #failures = h("ul");
  readonly #advice = h("p", { class: "advice" });
  readonly element = h(
    "section",
    { class: "story", "aria-label": "why it was down" },
    this.#when,
    this.#why,
    this.#path,
    this.#failures,
    this.#advice,
  );
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  update(): void {
    const { port } = this.#model;
    const outage = port === null ? null : this.#model.outageAt(port);
    this.element.hidden = outage === null;
    if (outage === null) return;
    setText(this.#when, `Down ${timesText(outage, this.#model.now())}`);
    setText(this.#why, sentence(`${outage.why}${outage.kind === null ? "" : ` (${outage.kind})`}${laterText(outage)}`));
    const stays = shortened(outage.path.map(({ label, ms }) => `${label} ${durationText(ms)}`));
    setText(this.#path, `${stays.join(" → ")} → ${outage.to === null ? "not up yet" : "up again"}`);
    const more = failuresToTell(outage);
    this.#failures.hidden = more.length === 0;
    if (this.#failures.children.length !== more.length || this.#failures.textContent !== more.join("")) {
      this.#failures.replaceChildren(...more.map((text) => h("li", { text })));
    }
    this.#advice.hidden = outage.advice === null;
    setText(this.#advice, outage.advice === null ? "" : `What a hand can do: ${outage.advice}`);
  }
}

/** The first one has been told as the reason, if it came once only. */
function failuresToTell({ failures, why }: Outage): readonly string[] {
  return failures
    .filter(({ message, count }) => message !== why || count > 1)
    .map(({ kind, message, count }) => `${message} (${kind}${count > 1 ? `, ${count} times` : ""})`);
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}
