import type { StateDefinition } from "../inspector/types.ts";

/** That one state leads to another, neither within the other, and by which causes. */
export interface ChartEdge {
  readonly from: string;
  readonly to: string;
  readonly events: readonly string[];
}

/** The steps between states that a chart shows as arrows: each pair once, without what leads from a state into itself. */
export function edgesOf(root: StateDefinition): readonly ChartEdge[] {
  const found = new Map<string, { from: string; to: string; events: string[] }>();
  const visit = (state: StateDefinition, path: string): void => {
    for (const { event, targets } of state.transitions) {
      for (const to of targets) {
        if (isWithin(path, to) || isWithin(to, path)) continue;
        const edge = found.get(`${path}>${to}`);
        if (edge === undefined) found.set(`${path}>${to}`, { from: path, to, events: [event] });
        else if (!edge.events.includes(event)) edge.events.push(event);
      }
    }
    for (const inner of state.states) visit(inner, path === "" ? inner.key : `${path}.${inner.key}`);
  };
  visit(root, "");
  return [...found.values()];
}

/** Whether the state at `path` is `other` or lies within it. All lie within the root, whose path is empty. */
export function isWithin(path: string, other: string): boolean {
  return other === "" || path === other || path.startsWith(`${other}.`);
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * An arrow from border to border as the `d` of an SVG path: bent to its left, so that there and back are two lines. Null: the two
 * overlap, and there is no room for one.
 */
export function arrowBetween(from: Rectangle, to: Rectangle): string | null {
  const a = centre(from);
  const b = centre(to);
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length === 0) return null;
  const bend = Math.min(28, length * 0.14);
  const middle = {
    x: (a.x + b.x) / 2 + ((b.y - a.y) / length) * bend,
    y: (a.y + b.y) / 2 - ((b.x - a.x) / length) * bend,
  };
  const start = onBorder(from, middle);
  const end = onBorder(to, middle);
  if (start === null || end === null) return null;
  const text = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return `M${text(start)}Q${text(middle)} ${text(end)}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function centre({ x, y, width, height }: Rectangle): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Where the line from the middle of a rectangle to a point crosses its border; null: the point is within. */
function onBorder(box: Rectangle, { x, y }: Point): Point | null {
  const c = centre(box);
  const reach = Math.max(Math.abs(x - c.x) / (box.width / 2), Math.abs(y - c.y) / (box.height / 2));
  return reach <= 1 ? null : { x: c.x + (x - c.x) / reach, y: c.y + (y - c.y) / reach };
}
