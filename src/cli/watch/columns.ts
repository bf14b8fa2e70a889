import { fill, textWidth } from "../text-width.ts";

/** A column of the list. */
export interface Column {
  readonly head: string;
  /** The last one goes first where the terminal is narrow. */
  readonly rank: number;
  /** It may be cut down to this width before any other column goes. */
  readonly least?: number;
  /** Aligned to the right, in a width of its own, so that figures do not dance. */
  readonly figures?: number;
}

export interface Laid {
  readonly index: number;
  readonly width: number;
}

const GAP = 2;

/** Which columns fit into `room`, and how wide each is; `cells` are those of all rows, by column. */
export function layOut(columns: readonly Column[], cells: readonly (readonly string[])[], room: number): Laid[] {
  const wanted = columns.map(({ head, figures = 0 }, index) =>
    Math.max(head.length, figures, ...cells.map((row) => textWidth(row[index] ?? ""))),
  );
  let kept = columns.map((_, index) => index);
  for (;;) {
    const total = kept.reduce((sum, index) => sum + (wanted[index] ?? 0), 0) + GAP * (kept.length - 1);
    let over = Math.max(0, total - room);
    const laid = kept.map((index) => {
      const width = wanted[index] ?? 0;
      const given = Math.min(over, Math.max(0, width - (columns[index]?.least ?? width)));
      over -= given;
      return { index, width: width - given };
    });
    if (over === 0) return laid;
    const last = kept.reduce((a, b) => ((columns[a]?.rank ?? 0) > (columns[b]?.rank ?? 0) ? a : b));
    // The last one that is left takes what there is.
    if (kept.length === 1) return [{ index: last, width: room }];
    kept = kept.filter((index) => index !== last);
  }
}

/** The cells of a row side by side, each in its place. */
export function rowText(columns: readonly Column[], laid: readonly Laid[], cells: readonly string[]): string {
  return laid
    .map(({ index, width }) => {
      const cell = cells[index] ?? "";
      return columns[index]?.figures === undefined ? fill(cell, width) : cell.padStart(width);
    })
    .join(" ".repeat(GAP))
    .trimEnd();
}
