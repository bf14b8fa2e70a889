import { s } from "./dom.ts";
import { fractionOf, type TimeRange } from "./scale.ts";
import type { Span } from "./spans.ts";

const WIDTH = 1000;
const HEIGHT = 20;
/** How high each kind stands, so that not only the colour tells them apart. */
const HEIGHTS = { good: 20, warn: 14, busy: 9, bad: 20, off: 2 } as const;

/** What a port was in over a stretch of time, as a band; purely to be seen. */
export class StripView {
  readonly element = s("svg", {
    class: "strip",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  #drawn = "";

  update(spans: readonly Span[], range: TimeRange, at: number | null, now: number): void {
    const shown = spans.filter(({ from, to }) => from < range.to && (to ?? now) > range.from);
    const bars = shown.map(({ from, to, kind }) => {
      const x = fractionOf(range, from) * WIDTH;
      const width = Math.max(1.5, fractionOf(range, to ?? now) * WIDTH - x);
      return { kind, x: Math.round(x * 10) / 10, width: Math.round(width * 10) / 10 };
    });
    const cursor = at === null ? null : Math.round(fractionOf(range, at) * WIDTH);
    const key = JSON.stringify([bars, cursor]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.element.replaceChildren(
      ...bars.map(({ kind, x, width }) =>
        s("rect", { class: `k-${kind}`, x, width, y: HEIGHT - HEIGHTS[kind], height: HEIGHTS[kind] }),
      ),
      ...(cursor === null ? [] : [s("line", { class: "cursor", x1: cursor, x2: cursor, y1: 0, y2: HEIGHT })]),
    );
  }
}
