import { describe, expect, it } from "vitest";
import { printable } from "../../../machines/failure.ts";
import { readCorpus } from "./corpus.ts";
import { hear } from "./hear.ts";
import { PARSERS } from "./parsers.ts";

const corpus = readCorpus();
/** What an entry may expect beside the parsers' results. */
const CHAIN = ["final", "lines", "unsolicited"];

describe("what real modems say", () => {
  it.each(
    corpus.map((entry) => {
      const says = printable(entry.says.replace(/[\r\n]+/g, " ").trim(), 70);
      return [`${entry.vendor} ${entry.model}: ${entry.command ?? "by itself"} → ${says}`, entry] as const;
    }),
  )("%s", async (_name, { command, says, parses }) => {
    const heard = await hear(command, says);
    const { unsolicited = [], lines = heard.lines, final = { kind: "OK" }, ...parsed } = parses;
    expect(heard.unsolicited).toEqual(unsolicited);
    expect(heard.lines).toEqual(lines);
    expect(heard.final).toEqual(final);
    for (const [name, expected] of Object.entries(parsed)) expect(PARSERS[name]?.(heard), name).toEqual(expected);
  });

  it("come from many makers, each with its source, and every parser is asked", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(8);
    for (const { source } of corpus) expect(source).toMatch(/\S{6}/);
    const asked = new Set(corpus.flatMap(({ parses }) => Object.keys(parses)));
    expect([...asked].sort()).toEqual([...Object.keys(PARSERS), ...CHAIN].sort());
  });

  it("name nobody: long numbers end in zeros", () => {
    for (const { says } of corpus)
      for (const [number] of says.matchAll(/(?<![0-9A-Fx])[0-9A-F]{14,20}(?![0-9A-F])/gi)) {
        const zeros = [...number.slice(-8)].filter((digit) => digit === "0").length;
        // A cell or a counter starts with zeros; in swapped nibbles they are not in a row.
        expect(zeros >= 5 || number.startsWith("00"), says).toBe(true);
      }
  });
});
