import type { PortPath } from "../hotplug/types.ts";
import type { PortAction, RankChange, UplinkStatus } from "../inspector/types.ts";
import { api } from "./api.ts";
import { h, setText } from "./dom.ts";
import type { Model } from "./model.ts";
import { rankChange } from "./rank-change.ts";

/** What a hand can do to the port, now, whatever moment is looked at. */
export class ActionsView {
  readonly #retry = this.#button("Try again", () => this.#act("retry"));
  readonly #enable = this.#button("Enable", () => this.#act("enable"));
  readonly #disable = this.#button("Disable…", () => this.#ask());
  readonly #question = h("p", { id: "disable-question" });
  readonly #dialog = h("dialog", { "aria-labelledby": "disable-question" });
  readonly #weight = h("input", { attributes: { name: "weight", size: 5, maxlength: 6, autocomplete: "off" } });
  readonly #tier = h("input", { attributes: { name: "tier", size: 5, maxlength: 6, autocomplete: "off" } });
  readonly #rank = h(
    "form",
    { class: "rank" },
    h("label", {}, "Weight ", this.#weight),
    h("label", {}, "Tier ", this.#tier),
    h("button", { type: "submit", text: "Set" }),
    this.#button("By config", () => this.#setRank({ weight: "config", tier: "config" })),
  );
  readonly #ranking = h("details");
  readonly #toBundle = this.#button("Into the bundle", () => this.#move("bundle"));
  readonly #toBalancer = this.#button("Into the balancer", () => this.#move("balance"));
  readonly #roleByConfig = this.#button("Where the config has it", () => this.#move("config"));
  readonly #moves = h(
    "div",
    { class: "buttons", role: "group", "aria-label": "move its link" },
    this.#toBundle,
    this.#toBalancer,
    this.#roleByConfig,
  );
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #say: (text: string) => void;
  #filledFor = "";

  constructor(model: Model, say: (text: string) => void) {
    this.#model = model;
    this.#say = say;
    const close = (): void => this.#dialog.close();
    this.#dialog.append(
      this.#question,
      h(
        "div",
        { class: "buttons" },
        this.#button("Disable", () => this.#disableNow(false)),
        this.#button("At once", () => this.#disableNow(true)),
        this.#button("Leave it", close),
      ),
    );
    this.#rank.addEventListener("submit", (event) => {
      event.preventDefault();
      const change = rankChange(this.#weight.value, this.#tier.value);
      if (change === null) this.#say("A weight is 1 to 1000 or auto, a tier 1 to 9.");
      else this.#setRank(change);
    });
    this.#ranking.append(h("summary", { text: "Weight and tier" }), this.#rank);
    this.element = h(
      "div",
      { class: "actions" },
      this.#retry,
      this.#enable,
      this.#disable,
      this.#moves,
      this.#ranking,
      this.#dialog,
    );
  }

  update(): void {
    const { port } = this.#model;
    if (port === null) return;
    const status = this.#model.portStatus(port);
    const isOurs = status?.kind === "modem" || status?.kind === "radio";
    const isOff = status?.state === "disabled" || status?.state === "draining";
    this.#retry.hidden = !isOurs || isOff || status.state === "online" || status.state === "serving";
    this.#enable.hidden = !isOff;
    this.#disable.hidden = !isOurs || isOff;
    const uplink = this.#model.uplink(port);
    this.#ranking.hidden = uplink === null;
    this.#offerMoves(uplink);
    // What somebody is about to write is not written over.
    const told = `${port} ${uplink?.setWeight} ${uplink?.tier}`;
    if (uplink === null || told === this.#filledFor || this.#rank.contains(document.activeElement)) return;
    this.#filledFor = told;
    this.#weight.value = String(uplink.setWeight);
    this.#tier.value = String(uplink.tier);
  }

  /** Only those that would change something; who has pressed one by a key is not left without a place. */
  #offerMoves(uplink: UplinkStatus | null): void {
    const isHeld = this.#moves.contains(document.activeElement);
    const isInBundle = uplink?.role === "bundle";
    this.#toBundle.hidden = uplink === null || isInBundle || this.#model.status?.bundle == null;
    this.#toBalancer.hidden = !isInBundle;
    this.#roleByConfig.hidden = uplink?.byHand.includes("role") !== true;
    const offered = [this.#toBundle, this.#toBalancer, this.#roleByConfig].filter((each) => !each.hidden);
    this.#moves.hidden = offered.length === 0;
    if (isHeld && !offered.some((each) => each === document.activeElement)) offered[0]?.focus();
  }

  #button(text: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button", text, on: { click: act } });
  }

  #ask(): void {
    const { port, status } = this.#model;
    if (port === null) return;
    const others = status?.uplinks.filter((uplink) => uplink.port !== port && uplink.weight > 0).length ?? 0;
    const isLast = this.#model.uplink(port) !== null && others === 0;
    setText(
      this.#question,
      `Disable ${port}? New connections go elsewhere at once; those that it has are given time to end, unless “at once”.${
        isLast
          ? " It is the only link that carries traffic: without it there is no internet here, and perhaps no way back."
          : ""
      }`,
    );
    this.#dialog.showModal();
  }

  #disableNow(now: boolean): void {
    this.#dialog.close();
    this.#act("disable", now);
  }

  #act(action: PortAction, now = false): void {
    this.#do(
      (port) => api.act(port, action, now),
      { retry: "tried again", disable: "disabled", enable: "enabled" }[action],
    );
  }

  #setRank(change: RankChange): void {
    this.#filledFor = "";
    this.#do((port) => api.setRank(port, change), "ranked anew");
  }

  #move(to: NonNullable<RankChange["role"]>): void {
    const where = { bundle: "into the bundle", balance: "into the balancer", config: "to where the config has it" }[to];
    this.#do((port) => api.move(port, to), `moved ${where}`);
  }

  #do(act: (port: PortPath) => Promise<void>, what: string): void {
    const { port } = this.#model;
    if (port === null) return;
    act(port).then(
      () => this.#say(`${port} is being ${what}.`),
      (error: unknown) => this.#say(`Not done: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}
