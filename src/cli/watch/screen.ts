import { textWidth } from "../text-width.ts";
import type { Picture } from "./render-watch.ts";

/**
 * What brings a terminal from one picture to the next: only what differs, as a serial line is slow. All of it is what
 * a VT100 can do (its user guide, chapter 3: CUP, EL, ED): no other screen, no scroll region, no cursor that is hidden.
 * `before` null: nothing is known of what is on the terminal.
 */
export function drawingOf(before: Picture | null, after: Picture): string {
  const lines = after.lines.flatMap((line, row) => {
    const was = before === null ? "" : (before.lines[row] ?? "");
    if (line === was) return [];
    const same = sameStart(was, line);
    return [`${at(row, textWidth(same.replace(PAINT, "")))}${line.slice(same.length)}${ERASE_LINE}`];
  });
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

/** Codes of style.ts, which come in pairs: on and off. */
const PAINT = /\u001b\[[0-9]+m/g;
/** Nobody doubts how wide these are. */
const PLAIN = /^[\u001b\u0020-\u02ff…]*$/;

/** The beginning that needs not be written again: up to a blank that both have outside of any colour. */
function sameStart(before: string, after: string): string {
  let length = 0;
  while (length < before.length && before[length] === after[length]) length += 1;
  for (let end = before.lastIndexOf(" ", length - 1); length > 0 && end > 0; end = before.lastIndexOf(" ", end - 1)) {
    const same = before.slice(0, end);
    if ((same.match(PAINT)?.length ?? 0) % 2 === 0) return PLAIN.test(same) ? same : "";
  }
  return "";
}

function at(row: number, column = 0): string {
  return `\u001b[${row + 1};${column + 1}H`;
}
