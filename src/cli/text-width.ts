/** Scripts and signs that a terminal draws two columns wide (Unicode Standard Annex 11, East Asian Wide and Fullwidth). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;
/** The codes of style.ts. */
const PAINT = /(\u001b\[[0-9]*m)/;

/** How many terminal columns a printable text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const sign of text) width += columnsOf(sign);
  return width;
}

/** The text cut to `columns`, with `…` where something is missing, and filled with spaces up to it. */
export function fill(text: string, columns: number): string {
  const short = cut(text, columns);
  return short + " ".repeat(Math.max(0, columns - textWidth(short)));
}

/** The text cut to `columns`, with `…` where something is missing. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const sign of text) {
    width += columnsOf(sign);
    if (width > columns - 1) break;
    kept += sign;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** The same for a text with colours in it, which take no columns: what ends a colour is kept. */
export function cutPainted(text: string, columns: number): string {
  // Every other part is a code, as that is what it is split at.
  const parts = text.split(PAINT);
  const width = parts.reduce((sum, part, index) => sum + (index % 2 === 1 ? 0 : textWidth(part)), 0);
  if (width <= columns) return text;
  let left = columns;
  return parts
    .map((part, index) => {
      if (index % 2 === 1 || part === "") return part;
      // One column is kept for the sign that something is missing.
      const kept = textWidth(part) < left ? part : cut(`${part}…`, left);
      left = kept === part ? left - textWidth(part) : 0;
      return kept;
    })
    .join("");
}

/** The text in lines of at most `columns`, broken at spaces; a word that is longer is broken itself. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const sign of word) {
      if (textWidth(line + sign) > columns && line !== "") {
        lines.push(line);
        line = "";
      }
      line += sign;
    }
  }
  if (line !== "" || lines.length === 0) lines.push(line);
  return lines;
}

function columnsOf(sign: string): number {
  // Below the combining marks everything is one column wide; nearly all text is.
  if (sign < "\u0300") return 1;
  if (MARK.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}

/** Decimal units, as data plans are counted: `345 B`, `2.3 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${index === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[index]}`;
}
