/** What a key means here; a printable character is itself. */
export type Key =
  | { readonly name: "up" | "down" | "pageUp" | "pageDown" | "first" | "last" | "enter" | "back" }
  | { readonly name: "interrupt" | "suspend" | "redraw" }
  | { readonly name: "text"; readonly text: string };

const ESCAPE = "\u001b";

/** Control characters: ECMA-48 names, and what they are used for on a terminal. */
const CONTROLS: Readonly<Record<string, Key>> = {
  "\u0003": { name: "interrupt" },
  "\u0004": { name: "interrupt" },
  "\b": { name: "back" },
  "\n": { name: "enter" },
  "\f": { name: "redraw" },
  "\r": { name: "enter" },
  "\u001a": { name: "suspend" },
  "\u007f": { name: "back" },
};

/** What follows CSI (`ESC [`) or SS3 (`ESC O`): cursor keys of VT100 and xterm in both of their modes, and the editing keys of VT220. */
const SEQUENCES: Readonly<Record<string, Key>> = {
  A: { name: "up" },
  B: { name: "down" },
  C: { name: "enter" },
  D: { name: "back" },
  F: { name: "last" },
  H: { name: "first" },
  "1~": { name: "first" },
  "4~": { name: "last" },
  "5~": { name: "pageUp" },
  "6~": { name: "pageDown" },
  "7~": { name: "first" },
  "8~": { name: "last" },
};

/** A sequence that is longer than this is not of a key. */
const LONGEST = 16;

/**
 * The keys in what was typed. `rest` is the beginning of a sequence whose end is still to come, as it may on a slow line; it
 * is to be put before what is typed next, or, when nothing follows soon, read as it is (`isWhole`): then ESC is the Escape key.
 */
export function readKeys(typed: string, isWhole = false): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let text = typed;
  while (text !== "") {
    if (!text.startsWith(ESCAPE)) {
      const sign = String.fromCodePoint(text.codePointAt(0) ?? 0);
      const control = CONTROLS[sign];
      if (control !== undefined) keys.push(control);
      else if (!/\p{C}/u.test(sign)) keys.push({ name: "text", text: sign });
      text = text.slice(sign.length);
      continue;
    }
    const [sequence = "", , body = ""] = /^\u001b([[O])([0-9;]*[@-~])/.exec(text) ?? [];
    if (sequence !== "") {
      const key = SEQUENCES[body];
      if (key !== undefined) keys.push(key);
      text = text.slice(sequence.length);
    } else if (!isWhole && text.length < LONGEST && /^\u001b([[O][0-9;]*)?$/.test(text)) {
      return { keys, rest: text };
    } else {
      keys.push({ name: "back" });
      // What is left of a sequence that was cut off is no text either.
      text = text.slice(1).replace(/^[[O][0-9;]*/, "");
    }
  }
  return { keys, rest: "" };
}
