import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coloured } from "../../../../src/cli/style.ts";
import type { Picture } from "../../../../src/cli/watch/render-watch.ts";
import { drawingOf } from "../../../../src/cli/watch/screen.ts";
import { Vt100 } from "./vt100.ts";

const ROWS = 5;
const bare = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/\u001b\[[0-9]+m/g, "").trimEnd());

describe("a drawing", () => {
  it("has only the lines that differ, and nothing where nothing does", () => {
    const before = { lines: ["a", "b", "c"], cursor: 1 };
    expect(drawingOf(null, before)).toBe(
      "\u001b[H\u001b[J\u001b[1;1Ha\u001b[K\u001b[2;1Hb\u001b[K\u001b[3;1Hc\u001b[K\u001b[2;1H",
    );
    expect(drawingOf(before, { ...before, lines: ["a", "B", "c"] })).toBe("\u001b[2;1HB\u001b[K\u001b[2;1H");
    expect(drawingOf(before, { ...before, cursor: 2 })).toBe("\u001b[3;1H");
    expect(drawingOf(before, before)).toBe("");
  });

  it("of a rate that changes has the rate alone", () => {
    const line = (rate: string): string => `> 1-1  ${coloured.good("online")}  ${rate}`;
    const drawn = drawingOf({ lines: [line("1.2 MB/s")], cursor: 0 }, { lines: [line("1.3 MB/s")], cursor: 0 });
    expect(drawn).toBe("\u001b[1;15H 1.3 MB/s\u001b[K\u001b[1;1H");
  });

  it("leaves on the terminal what the picture has, whatever was there before", () => {
    const word = fc.constantFrom("a", "ab", "12", "", "1-1", "-71 dBm", "é", "…", "電話");
    const style = fc.constantFrom(coloured.good, coloured.bad, coloured.dim, (text: string) => text);
    const line = fc
      .array(fc.tuple(word, style), { maxLength: 6 })
      .map((words) => words.map(([text, paint]) => paint(text)).join(" "));
    const picture = fc.record({
      lines: fc.array(line, { minLength: ROWS, maxLength: ROWS }),
      cursor: fc.nat({ max: ROWS - 1 }),
    });
    fc.assert(
      fc.property(fc.array(picture, { minLength: 1, maxLength: 8 }), (pictures) => {
        const terminal = new Vt100(ROWS, 60);
        let before: Picture | null = null;
        for (const next of pictures) {
          terminal.write(drawingOf(before, next));
          before = next;
          expect(terminal.lines.map((each) => each.trimEnd())).toEqual(bare(next.lines));
          expect([terminal.row, terminal.column]).toEqual([next.cursor, 0]);
        }
      }),
    );
  });
});
