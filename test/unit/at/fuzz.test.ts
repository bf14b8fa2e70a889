/**
 * What a broken, hostile or merely confused modem may send. Runs briefly by default; for a long run set WANHERD_FUZZ to
 * how many times as many cases there shall be:
 *   WANHERD_FUZZ=100 npx vitest run --project unit test/unit/at/fuzz.test.ts --test-timeout=3600000
 * A failure prints its seed and the least input that fails; put that input into a table test, or into the corpus when a
 * real modem could have sent it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFinalResult } from "../../../src/at/final-result.ts";
import { LineSplitter } from "../../../src/at/line-splitter.ts";
import { redact } from "../../../src/at/redact.ts";
import { isUnsolicited, namesAsked } from "../../../src/at/unsolicited.ts";
import { type CorpusEntry, readCorpus } from "./corpus.ts";
import { hear } from "./hear.ts";
import { PARSERS } from "./parsers.ts";

const runs = (count: number): { numRuns: number } => ({ numRuns: count * Number(process.env.WANHERD_FUZZ ?? 1) });
const corpus = readCorpus();
const answers = corpus.filter(
  (entry): entry is CorpusEntry & { command: string } => entry.command !== null && !entry.command.startsWith("ATD"),
);
const unasked = corpus.filter(({ command }) => command === null).map(({ says }) => says);

const MAX_LINE = 1024;
/** As many as AtChannel keeps of one answer. */
const MAX_ANSWER_LINES = 200;
/** The longest text that each parser may return; 100 for the others. */
const LONGEST: Readonly<Record<string, number>> = { iccid: 20, imei: 16, imsi: 15, operator: 40, ati: 80, text: 80 };

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** Texts and counts anywhere in a result are bounded, and numbers are numbers. */
function expectBounded(result: unknown, longest: number): void {
  if (typeof result === "string") expect(result.length).toBeLessThanOrEqual(longest);
  else if (typeof result === "number") expect(Number.isSafeInteger(result)).toBe(true);
  else if (Array.isArray(result)) {
    expect(result.length).toBeLessThanOrEqual(32);
    for (const item of result) expectBounded(item, longest);
  } else if (result !== null && typeof result === "object")
    for (const value of Object.values(result)) expectBounded(value, longest);
}

/** The way of the bytes as AtChannel walks it, looked at at every step. */
function digest(chunks: readonly Uint8Array[], command: string): void {
  const splitter = new LineSplitter();
  const asked = namesAsked(command);
  const lines: string[] = [];
  let given = 0;
  let kept = 0;
  for (const chunk of chunks) {
    given += chunk.length;
    for (const line of splitter.push(chunk)) {
      expect(line.length).toBeGreaterThan(0);
      expect(line.length).toBeLessThanOrEqual(MAX_LINE);
      expect(line).not.toMatch(/[\r\n\0]/);
      kept += line.length;
      expectBounded(parseFinalResult(line, { dialling: true, numeric: true }), 100);
      isUnsolicited(line, asked);
      isUnsolicited(line, null);
      expect(redact(line).length).toBeLessThanOrEqual(line.length + 3);
      if (lines.length < MAX_ANSWER_LINES) lines.push(line);
    }
    expect((Reflect.get(splitter, "pending") as string).length).toBeLessThanOrEqual(MAX_LINE);
  }
  // No line is made of more than was sent.
  expect(kept).toBeLessThanOrEqual(given);
  for (const [name, parse] of Object.entries(PARSERS))
    expectBounded(parse({ command, lines, final: { kind: "OK" } }), LONGEST[name] ?? 100);
}

type Edit = (text: string) => string;
const at = (text: string, where: number): number => Math.floor(where * text.length);
const place = fc.double({ min: 0, max: 1, noNaN: true });
const insert = (what: fc.Arbitrary<string>): fc.Arbitrary<Edit> =>
  fc.tuple(place, what).map(
    ([where, more]) =>
      (text) =>
        text.slice(0, at(text, where)) + more + text.slice(at(text, where)),
  );

const edit: fc.Arbitrary<Edit> = fc.oneof(
  // cut out
  fc.tuple(place, place).map(
    ([from, to]): Edit =>
      (text) =>
        text.slice(0, at(text, from)) + text.slice(at(text, to)),
  ),
  // doubled
  fc.nat(40).map(
    (times): Edit =>
      (text) =>
        text.length > 20_000 ? text : text.repeat(times + 1),
  ),
  // interleaved with what was not asked for
  insert(fc.constantFrom(...unasked)),
  // binary inserted
  insert(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"))),
  // a field grown very long
  insert(
    fc.tuple(fc.constantFrom('"', ",", "0", "9", "F", "A", " ", "+", ":"), fc.nat(5000)).map(([c, n]) => c.repeat(n)),
  ),
  // without line ends
  fc.constant<Edit>((text) => text.replace(/[\r\n]/g, "")),
);

const chunked = (text: string, sizes: readonly number[]): Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(bytesOf(text.slice(from, from + size)));
    from += size;
  }
  return [...chunks, bytesOf(text.slice(from))];
};

const NASTY: readonly (readonly [string, string])[] = [
  ["one endless line", "x"],
  ["nothing but line ends", "\r\n"],
  ["nothing but spaces", " "],
  ["nothing but quotes", '"'],
  ["quotes and commas", '",'],
  ["digits", "89"],
  ["hexadecimal digits", "9F"],
  ["words that nearly match", "HSDP"],
  ["fields of an answer", '+COPS: 0,0,"'],
  ["lines of an answer", '+CREG: 2,1,"0B,"0100701",7\r\n'],
  ["secrets that never come", "AT+CPIN"],
  ["prompts", "> \r\n"],
];

describe("whatever a modem sends", () => {
  it("arbitrary bytes are survived, and nothing grows", () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 300, size: "max" }), { maxLength: 6 });
    fc.assert(
      fc.property(chunks, fc.constantFrom("AT+CREG?", "ATI", "AT+CPIN?"), (sent, command) => digest(sent, command)),
      runs(150),
    );
  });

  it("characters that modems use, in any order, are survived, and nothing grows", () => {
    const text = fc.stringMatching(/^[A-Z0-9+^#*$%_!:;,"'.=?> \r\n\0-]{0,300}$/);
    fc.assert(
      fc.property(fc.constantFrom(...corpus), text, ({ command, says }, more) =>
        digest([bytesOf(says.slice(0, says.indexOf(":") + 1) + more)], command ?? ""),
      ),
      runs(150),
    );
  });

  it("real answers cut, doubled, interleaved, blown up and without line ends are survived, and nothing grows", () => {
    const sizes = fc.array(fc.nat(60), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(...corpus),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        sizes,
        ({ command, says }, edits, cuts) => {
          const text = edits.reduce((before, change) => change(before), says);
          digest(chunked(text, cuts), command ?? "");
        },
      ),
      runs(250),
    );
  });

  it("every field of every real answer may be blown up, and nothing grows", () => {
    for (const { command, says } of corpus)
      for (const { index } of says.matchAll(/[:,"=](?=[^\r\n])/g))
        for (const filling of ["A", "9"])
          digest([bytesOf(says.slice(0, index + 1) + filling.repeat(600) + says.slice(index + 1))], command ?? "");
  });

  it("a channel always settles its command: by a final result, or because the modem floods it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...answers),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        async (entry, edits) => {
          const text = edits.reduce((before, change) => change(before), entry.says);
          const outcome = await hear(entry.command, `${text}\r\nOK\r\n`).catch((error: Error) => error.message);
          if (typeof outcome === "string") expect(outcome).toMatch(/sends without end$/);
          else expect(outcome.lines.length).toBeLessThanOrEqual(MAX_ANSWER_LINES);
        },
      ),
      runs(60),
    );
  });

  it("what comes unasked between the lines of an answer changes nothing of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...answers), fc.constantFrom(...unasked), place, async (entry, more, where) => {
        const asked = namesAsked(entry.command);
        const news = more.split(/[\r\n]+/).filter((line) => line !== "");
        fc.pre(news.every((line) => isUnsolicited(line, asked)));
        const ends = [0, ...[...entry.says.matchAll(/\n/g)].map(({ index }) => index + 1)].slice(0, -1);
        const cut = ends[Math.floor(where * (ends.length - 1))] ?? 0;
        const plain = await hear(entry.command, entry.says);
        const mixed = await hear(entry.command, entry.says.slice(0, cut) + more + entry.says.slice(cut));
        expect({ lines: mixed.lines, final: mixed.final }).toEqual({ lines: plain.lines, final: plain.final });
        expect([...mixed.unsolicited].sort()).toEqual([...plain.unsolicited, ...news].sort());
      }),
      runs(150),
    );
  });

  // A quadratic step would take seconds at these sizes; a busy machine is granted one, and four times its share.
  const timed = (work: () => void): number => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  };

  it.each(NASTY)("splitting and sorting grow no faster than the input: %s", (_name, unit) => {
    const split = (size: number) => (): void => {
      const splitter = new LineSplitter();
      const text = bytesOf(unit.repeat(size / unit.length));
      for (let from = 0; from < text.length; from += 64)
        for (const line of splitter.push(text.subarray(from, from + 64))) {
          parseFinalResult(line, { dialling: true, numeric: true });
          isUnsolicited(line, new Set(["+CREG"]));
          redact(line);
        }
    };
    split(40_000)();
    expect(timed(split(400_000))).toBeLessThan(40 * timed(split(40_000)) + 1_000);
  });

  it.each(NASTY)("each parser's work grows no faster than the line, were it not cut: %s", (_name, unit) => {
    for (const [name, parse] of Object.entries(PARSERS))
      for (const start of ["", "+COPS: 0,0,", "+CREG: "]) {
        const run = (size: number) => (): unknown =>
          parse({ command: "AT+CREG?", lines: [start + unit.repeat(size / unit.length)], final: { kind: "OK" } });
        expect(timed(run(40_000)), name).toBeLessThan(40 * timed(run(4_000)) + 1_000);
      }
  });
});
