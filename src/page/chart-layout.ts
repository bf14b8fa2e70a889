import type { StateDefinition } from "../inspector/types.ts";
import { type ChartEdge, edgesOf } from "./chart-edges.ts";

/** A state as a rectangle; `path` is its names from the root, joined by dots, as transitions name it. */
export interface ChartBox {
  readonly path: string;
  readonly name: string;
  readonly type: StateDefinition["type"];
  /** Entered first in what it is part of. */
  readonly initial: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  /** Outer ones before those within them. */
  readonly boxes: readonly ChartBox[];
  readonly edges: readonly ChartEdge[];
}

/** Of what the drawing is made, in CSS pixels. */
const TEXT = { perCharacter: 7.1, title: 24, leaf: 30 };
const PADDING = 10;
const GAP = 18;

interface Placed {
  readonly width: number;
  readonly height: number;
  /** Relative to its own corner. */
  readonly boxes: readonly ChartBox[];
}

/** Draws a statechart into a width: states within states, in the order in which a life goes through them, in rows. */
export function layOutChart(root: StateDefinition, width: number): ChartLayout {
  const inner = placeRows(inOrder(root, ""), root, "", width);
  return { width: Math.max(width, inner.width), height: inner.height, boxes: inner.boxes, edges: edgesOf(root) };
}

function place(state: StateDefinition, above: string, initial: boolean, width: number): Placed {
  const path = above === "" ? state.key : `${above}.${state.key}`;
  const box = { path, name: state.key, type: state.type, initial, x: 0, y: 0 };
  const title = Math.ceil(state.key.length * TEXT.perCharacter) + 2 * PADDING + (initial ? 12 : 0);
  if (state.states.length === 0) {
    return { width: title, height: TEXT.leaf, boxes: [{ ...box, width: title, height: TEXT.leaf }] };
  }
  const rows = placeRows(inOrder(state, path), state, path, width - 2 * PADDING);
  const whole = { width: Math.max(title, rows.width + 2 * PADDING), height: TEXT.title + rows.height + PADDING };
  return { ...whole, boxes: [{ ...box, ...whole }, ...moved(rows.boxes, PADDING, TEXT.title)] };
}

/** One beside the other as far as there is room, then the next row; regions of a parallel state in rows of their own. */
function placeRows(states: readonly StateDefinition[], parent: StateDefinition, path: string, width: number): Placed {
  const isParallel = parent.type === "parallel";
  const boxes: ChartBox[] = [];
  let [x, y, rowHeight, widest] = [0, 0, 0, 0];
  for (const state of states) {
    const placed = place(state, path, parent.initial === state.key, width);
    if (x > 0 && (isParallel || x + placed.width > width)) {
      y += rowHeight + GAP;
      [x, rowHeight] = [0, 0];
    }
    boxes.push(...moved(placed.boxes, x, y));
    widest = Math.max(widest, x + placed.width);
    rowHeight = Math.max(rowHeight, placed.height);
    x += placed.width + GAP;
  }
  return { width: widest, height: y + rowHeight, boxes };
}

function moved(boxes: readonly ChartBox[], dx: number, dy: number): ChartBox[] {
  return boxes.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy }));
}

/** The states within the one at `path`, each as soon as something leads to it from those before: breadth first from the initial one. */
export function inOrder({ states, initial }: StateDefinition, path: string): readonly StateDefinition[] {
  const prefix = path === "" ? "" : `${path}.`;
  const first = states.find(({ key }) => key === initial);
  const ordered = first === undefined ? [] : [first];
  for (const state of ordered) {
    for (const target of targetsOf(state)) {
      const next = states.find(({ key }) => `${target}.`.startsWith(`${prefix}${key}.`));
      if (next !== undefined && !ordered.includes(next)) ordered.push(next);
    }
  }
  return [...ordered, ...states.filter((state) => !ordered.includes(state))];
}

/** All that a state's transitions and those of the states within it lead to. */
function targetsOf(state: StateDefinition): readonly string[] {
  return [...state.transitions.flatMap(({ targets }) => targets), ...state.states.flatMap(targetsOf)];
}
