import type { MachineDefinition } from "../inspector/types.ts";
import { arrowBetween, isWithin } from "./chart-edges.ts";
import { type ChartBox, type ChartLayout, layOutChart } from "./chart-layout.ts";
import { h, s, setAttribute, setText } from "./dom.ts";
import type { MachineState } from "./spans.ts";
import { activeIn, leavesOf } from "./state-value.ts";
import { waysOut } from "./ways-out.ts";
import { clockText } from "./words.ts";

/** The statechart of one machine, drawn from its definition, with what is active at a moment lit, and the step that led there. */
export class ChartView {
  /** Of the arrows' tips: an id is the whole document's. */
  readonly #tips: { readonly plain: string; readonly step: string };
  readonly #svg = s("svg", { class: "chart", role: "img" });
  readonly #cause = h("p", { class: "cause" });
  readonly #ways = h("ul");
  readonly #waysTitle = h("summary", { text: "What can be next" });
  readonly element = h(
    "div",
    { class: "charted" },
    this.#cause,
    h("div", { class: "chart-frame" }, this.#svg),
    h("details", { class: "ways" }, this.#waysTitle, this.#ways),
  );
  #drawnFor = "";
  #layout: ChartLayout | null = null;
  readonly #boxes = new Map<string, SVGGElement>();
  readonly #edges = new Map<string, SVGPathElement>();
  readonly #step = s("path", { class: "step" });
  #lit = "";

  constructor(name: string) {
    this.#tips = { plain: `tip-${name}`, step: `tip-step-${name}` };
    setAttribute(this.#step, "marker-end", `url(#${this.#tips.step})`);
  }

  update({ id, root }: MachineDefinition, now: MachineState | null, width: number, clock: number): void {
    if (this.#drawnFor !== `${id} ${width}`) {
      this.#drawnFor = `${id} ${width}`;
      this.#lit = "";
      this.#draw(layOutChart(root, width));
    }
    const lit = JSON.stringify(now);
    if (lit === this.#lit) return;
    this.#lit = lit;
    this.#light(id, now, clock);
    const ways = now === null ? [] : waysOut(root, now.state);
    this.#ways.replaceChildren(
      ...ways.map(({ event, guard, targets }) => {
        const when = [event === "" ? "at once" : event, guard === null ? "" : `if ${guard}`].filter(Boolean).join(", ");
        return h("li", {}, h("span", { class: "event", text: when }), ` → ${targets.map(shortName).join(" and ")}`);
      }),
    );
  }

  #draw(layout: ChartLayout): void {
    this.#layout = layout;
    this.#boxes.clear();
    this.#edges.clear();
    for (const edge of layout.edges) {
      const [from, to] = [this.#box(edge.from), this.#box(edge.to)];
      const d = from === null || to === null ? null : arrowBetween(from, to);
      if (d === null) continue;
      const path = s("path", { class: "edge", d, "marker-end": `url(#${this.#tips.plain})` });
      path.dataset.from = edge.from;
      // Where many lead far away, nobody can follow them all: those are seen while they can be taken.
      if (parentOf(edge.from) !== parentOf(edge.to)) path.classList.add("far");
      this.#edges.set(`${edge.from}>${edge.to}`, path);
    }
    for (const box of layout.boxes) this.#boxes.set(box.path, drawBox(box, layout.boxes));
    const isLeaf = ({ path }: ChartBox): boolean => !layout.boxes.some((each) => each.path.startsWith(`${path}.`));
    const [leaves, frames] = [layout.boxes.filter(isLeaf), layout.boxes.filter((box) => !isLeaf(box))];
    const parts = (boxes: readonly ChartBox[]): SVGGElement[] =>
      boxes.map(({ path }) => this.#boxes.get(path)).filter((part) => part !== undefined);
    setAttribute(this.#svg, "viewBox", `-2 -2 ${layout.width + 4} ${layout.height + 4}`);
    setAttribute(this.#svg, "width", layout.width + 4);
    setAttribute(this.#svg, "height", layout.height + 4);
    this.#svg.replaceChildren(
      s("defs", {}, tip(this.#tips.plain, "tip"), tip(this.#tips.step, "tip-step")),
      ...parts(frames),
      ...this.#edges.values(),
      this.#step,
      ...parts(leaves),
    );
  }

  #light(id: string, now: MachineState | null, clock: number): void {
    const active = now === null ? new Set<string>() : activeIn(now.state);
    for (const [path, part] of this.#boxes) setAttribute(part, "data-active", active.has(path) ? "true" : null);
    for (const part of this.#edges.values()) {
      setAttribute(part, "data-open", active.has(part.dataset.from ?? "") ? "true" : null);
    }
    setAttribute(this.#step, "d", now === null ? "" : (this.#stepOf(now) ?? ""));
    const names = now === null ? "none" : activeText(leavesOf(now.state));
    setAttribute(this.#svg, "aria-label", `statechart of the ${id}; active: ${names}`);
    setText(
      this.#cause,
      now === null
        ? `There was no ${id} at this moment.`
        : `${names}, since ${clockText(now.since, clock)}${now.cause === "" ? "" : `, by “${now.cause}”`}`,
    );
  }

  /** An arrow from what was left to what was entered instead. */
  #stepOf({ before, state }: MachineState): string | null {
    if (before === null) return null;
    const [was, is] = [leavesOf(before), leavesOf(state)].map((leaves) => leaves.map((names) => names.join(".")));
    const left = was?.find((path) => !is?.includes(path));
    const entered = is?.find((path) => !was?.includes(path));
    if (left === undefined || entered === undefined || isWithin(left, entered) || isWithin(entered, left)) return null;
    const [from, to] = [this.#box(left), this.#box(entered)];
    return from === null || to === null ? null : arrowBetween(from, to);
  }

  #box(path: string): ChartBox | null {
    return this.#layout?.boxes.find((box) => box.path === path) ?? null;
  }
}

function drawBox({ path, name, type, initial, x, y, width, height }: ChartBox, all: readonly ChartBox[]): SVGGElement {
  const isLeaf = !all.some((each) => each.path.startsWith(`${path}.`));
  const part = s(
    "g",
    { class: `${isLeaf ? "leaf" : "frame"} ${type}` },
    s("rect", { x, y, width, height, rx: isLeaf ? 7 : 9 }),
    s("text", { x: x + 10 + (initial ? 12 : 0), y: y + (isLeaf ? height / 2 + 4.5 : 17) }, name),
    initial ? s("circle", { cx: x + 11, cy: y + (isLeaf ? height / 2 : 13), r: 3.5 }) : null,
  );
  part.dataset.path = path;
  return part;
}

function tip(id: string, name: string): SVGMarkerElement {
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse" };
  return s("marker", { id, class: name, orient: "auto", ...size }, s("path", { d: "M0 0.5L8 4L0 7.5z" }));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

/** All active states in words, without repeating what they have in common. */
function activeText(leaves: readonly (readonly string[])[]): string {
  const [first = []] = leaves;
  let shared = 0;
  while (leaves.length > 1 && leaves.every((names) => shared < names.length - 1 && names[shared] === first[shared])) {
    shared += 1;
  }
  const above = first.slice(0, shared).join(" › ");
  const own = leaves.map((names) => names.slice(shared).join(" › ")).join(", ");
  return above === "" ? own : `${above}: ${own}`;
}

/** The last two names tell where it is. */
function shortName(path: string): string {
  return path.split(".").slice(-2).join(" › ");
}
