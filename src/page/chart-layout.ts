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

/** Draws a statechart into a width: states within states, in rows, in the order in which their author wrote them: that of a life. */
export function layOutChart(root: StateDefinition, width: number): ChartLayout {
  const inner = placeRows(root, "", width);
  return { width: Math.max(width, inner.width), height: inner.height, boxes: inner.boxes, edges: edgesOf(root) };
}

function place(state: StateDefinition, above: string, initial: boolean, width: number): Placed {
  const path = above === "" ? state.key : `${above}.${state.key}`;
  const box = { path, name: state.key, type: state.type, initial, x: 0, y: 0 };
  const title = Math.ceil(state.key.length * TEXT.perCharacter) + 2 * PADDING + (initial ? 12 : 0);
  if (state.states.length === 0) {
    return { width: title, height: TEXT.leaf, boxes: [{ ...box, width: title, height: TEXT.leaf }] };
  }
  const rows = placeRows(state, path, width - 2 * PADDING);
  const whole = { width: Math.max(title, rows.width + 2 * PADDING), height: TEXT.title + rows.height + PADDING };
  return { ...whole, boxes: [{ ...box, ...whole }, ...moved(rows.boxes, PADDING, TEXT.title)] };
}

/** One beside the other as far as there is room, then the next row; regions of a parallel state in rows of their own. */
function placeRows(parent: StateDefinition, path: string, width: number): Placed {
  const isParallel = parent.type === "parallel";
  const boxes: ChartBox[] = [];
  let [x, y, rowHeight, widest] = [0, 0, 0, 0];
  for (const state of parent.states) {
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
