import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../src/at/line-splitter.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const split = (...chunks: string[]): string[] => {
  const splitter = new LineSplitter();
  return chunks.flatMap((chunk) => splitter.push(bytes(chunk)));
};

describe("the line splitter", () => {
  it.each([
    ["CR LF on both sides", ["\r\n+CSQ: 17,99\r\n\r\nOK\r\n"], ["+CSQ: 17,99", "OK"]],
    ["CR only", ["+CSQ: 17,99\rOK\r"], ["+CSQ: 17,99", "OK"]],
    ["LF only", ["+CSQ: 17,99\nOK\n"], ["+CSQ: 17,99", "OK"]],
    ["CR CR LF, as echoing Huawei sticks send", ["AT\r\r\nOK\r\n"], ["AT", "OK"]],
    ["NULs of a stick that wakes up", ["\0\0\r\nO\0K\r\n"], ["OK"]],
    ["a line in three pieces", ["\r\n+CS", "Q: 17", ",99\r", "\nOK\r\n"], ["+CSQ: 17,99", "OK"]],
    ["a prompt, after which no line end comes", ["\r\n> "], [">"]],
    ["an unfinished line", ["\r\nOK"], []],
  ])("understands %s", (_name, chunks, lines) => {
    expect(split(...chunks)).toEqual(lines);
  });

  it("keeps 1 kB of an endless line and finds the next one", () => {
    const lines = split("x".repeat(1_000_000), `${"y".repeat(1_000_000)}\r\nOK\r\n`);
    expect(lines).toEqual(["x".repeat(1024), "OK"]);
  });

  it("gives the same lines however the bytes are cut", () => {
    const text = fc.stringMatching(/^[A-Z0-9:, \r\n]{0,80}$/);
    fc.assert(
      fc.property(text, fc.array(fc.nat(80), { maxLength: 6 }), (whole, cuts) => {
        const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(split(...chunks)).toEqual(split(whole));
      }),
    );
  });
});
