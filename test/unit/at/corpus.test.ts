import { describe, expect, it } from "vitest";
import { printable } from "../../../machines/failure.ts";
import { AtChannel } from "../../../src/at/at-channel.ts";
import { type CorpusEntry, readCorpus } from "./corpus.ts";
import { FakeLine } from "./fake-line.ts";
import { type Heard, PARSERS } from "./parsers.ts";

const corpus = readCorpus();

/** Plays the entry's modem to a real channel; what was unsolicited comes apart, as it does for the agent. */
async function hear(entry: CorpusEntry): Promise<Heard & { unsolicited: readonly string[] }> {
  const line = new FakeLine();
  const channel = await AtChannel.open("/dev/modem", { openLine: async () => line });
  const unsolicited: string[] = [];
  channel.onUnsolicited((text) => unsolicited.push(text));
  try {
    if (entry.command === null) {
      line.say(entry.says);
      await new Promise(setImmediate);
      return { command: "", lines: unsolicited, final: { kind: "OK" }, unsolicited };
    }
    line.onCommand = () => line.say(entry.says);
    const { lines, final } = await channel.command(entry.command, { dialling: entry.command.startsWith("ATD") });
    return { command: entry.command, lines, final, unsolicited };
  } finally {
    await channel.close();
  }
}

describe("what real modems say", () => {
  it.each(
    corpus.map(
      (entry) =>
        [
          `${entry.vendor} ${entry.model}: ${entry.command ?? "by itself"} → ${printable(entry.says.replace(/[\r\n]+/g, " ").trim(), 70)}`,
          entry,
        ] as const,
    ),
  )("%s", async (_name, entry) => {
    const heard = await hear(entry);
    const {
      unsolicited = [],
      lines = heard.lines,
      final = entry.parses.final ?? heard.final,
      ...parsed
    } = entry.parses;
    expect(heard.unsolicited).toEqual(unsolicited);
    expect(heard.lines).toEqual(lines);
    expect(heard.final).toEqual(final);
    if (entry.parses.final === undefined) expect(heard.final.kind).toBe("OK");
    for (const [name, expected] of Object.entries(parsed)) expect(PARSERS[name]?.(heard), name).toEqual(expected);
  });

  it("come from many makers, each with its source, and every parser is asked", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    expect(new Set(corpus.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(8);
    for (const { source } of corpus) expect(source).toMatch(/\S{6}/);
    const asked = new Set(corpus.flatMap(({ parses }) => Object.keys(parses)));
    expect([...Object.keys(PARSERS), "final", "lines", "unsolicited"].filter((name) => !asked.has(name))).toEqual([]);
    const known = new Set([...Object.keys(PARSERS), "final", "lines", "unsolicited"]);
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
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
