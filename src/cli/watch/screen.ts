import type { Picture } from "./render-watch.ts";

/**
 * What brings a terminal from one picture to the next: only the lines that differ, as a serial line is slow. All of it is what
 * a VT100 can do (its user guide, chapter 3: CUP, EL, ED): no other screen, no scroll region, no cursor that is hidden.
 * `before` null: nothing is known of what is on the terminal.
 */
export function drawingOf(before: Picture | null, after: Picture): string {
  const lines = after.lines.flatMap((line, row) =>
    line === (before === null ? "" : (before.lines[row] ?? "")) ? [] : [`${at(row)}${line}${ERASE_LINE}`],
  );
  const isMoved = lines.length > 0 || before?.cursor !== after.cursor;
  return `${before === null ? ERASE_ALL : ""}${lines.join("")}${isMoved ? at(after.cursor) : ""}`;
}

/** What leaves the picture where it is, and the cursor at the beginning of the line below it. */
export function leaving({ lines }: Picture): string {
  return `${at(Math.max(0, lines.length - 1))}${ERASE_LINE_WHOLE}`;
}

const ERASE_ALL = "\u001b[H\u001b[J";
const ERASE_LINE = "\u001b[K";
const ERASE_LINE_WHOLE = "\u001b[2K";

function at(row: number): string {
  return `\u001b[${row + 1};1H`;
}
