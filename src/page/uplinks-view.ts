import type { UplinkStatus } from "../inspector/types.ts";
import { h, KeyedList, s, setAttribute, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import type { Rate } from "./rates.ts";
import { fractionOf, roundUp, type TimeRange } from "./scale.ts";
import { amountText, rateText } from "./words.ts";

const WIDTH = 400;
const HEIGHT = 56;
/** Plotted at first; the plot grows with what was seen, up to ten minutes. */
const LEAST_MS = 60_000;

/** Every uplink with its part of new connections, and what goes over it since this page is open. */
export class UplinksView {
  readonly #list = h("ul", { class: "uplinks" });
  readonly #none = h("p", { class: "quiet", text: "No uplink is up." });
  readonly element = h(
    "section",
    { "aria-labelledby": "uplinks-title" },
    h("h2", { id: "uplinks-title", text: "Uplinks" }),
    this.#none,
    this.#list,
  );
  readonly #model: Model;
  readonly #items: KeyedList<UplinkStatus>;

  constructor(model: Model) {
    this.#model = model;
    this.#items = new KeyedList(this.#list, () => this.#item());
  }

  update(): void {
    const uplinks = this.#model.status?.uplinks ?? [];
    this.#none.hidden = uplinks.length > 0;
    this.#items.update(uplinks, (uplink) => uplink.interface);
  }

  #item(): { element: Element; update(uplink: UplinkStatus): void } {
    const name = h("span", { class: "path" });
    const part = h("span", { class: "facts" });
    const rates = h("span", { class: "rates" });
    const down = s("path", { class: "down" });
    const up = s("path", { class: "up" });
    const top = h("span", { class: "top" });
    const plot = s(
      "svg",
      { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      down,
      up,
    );
    const element = h(
      "li",
      {},
      h("span", { class: "line" }, name, " ", part),
      rates,
      h("div", { class: "plotted" }, plot, top),
    );
    return {
      element,
      update: (uplink) => {
        const seen = this.#model.rates.of(uplink.interface);
        const last = seen.at(-1);
        setText(name, uplink.interface);
        setText(part, partText(uplink));
        const total = `${amountText(uplink.rxBytes)} down and ${amountText(uplink.txBytes)} up in all`;
        setText(rates, last === undefined ? total : `↓ ${rateText(last.rx)} ↑ ${rateText(last.tx)} · ${total}`);
        const now = this.#model.now();
        const range = { from: Math.min(seen[0]?.at ?? now, now - LEAST_MS), to: now };
        const most = roundUp(Math.max(1000, ...seen.map(({ rx, tx }) => Math.max(rx, tx))));
        setText(top, rateText(most));
        setAttribute(plot, "aria-label", `throughput of ${uplink.interface}, at most ${rateText(most)}`);
        const line = linePath(seen, range, most, ({ rx }) => rx);
        setAttribute(down, "d", line === "" ? "" : `${line}V${HEIGHT}H${xOf(range, seen[0]?.at ?? now)}Z`);
        setAttribute(
          up,
          "d",
          linePath(seen, range, most, ({ tx }) => tx),
        );
      },
    };
  }
}

function partText({ tier, percent, health, byHand, port, role }: UplinkStatus): string {
  return [
    port,
    health === "good" ? null : health,
    role === "bundle" ? "in the bundle" : null,
    `${percent} % of new connections`,
    tier === 1 ? null : `tier ${tier}`,
    byHand.length === 0 ? null : `${byHand.join(" and ")} set by hand`,
  ]
    .filter((fact) => fact !== null)
    .join(" · ");
}

function xOf(range: TimeRange, at: number): string {
  return (fractionOf(range, at) * WIDTH).toFixed(1);
}

function linePath(seen: readonly Rate[], range: TimeRange, most: number, of: (rate: Rate) => number): string {
  return seen
    .map(
      (rate, index) =>
        `${index === 0 ? "M" : "L"}${xOf(range, rate.at)} ${(HEIGHT * (1 - of(rate) / most)).toFixed(1)}`,
    )
    .join("");
}
