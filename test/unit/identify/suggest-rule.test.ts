import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "../../../machines/failure.ts";
import { usbId } from "../../../src/hotplug/types.ts";
import { type Seen, suggestRule } from "../../../src/identify/suggest-rule.ts";
import type { SeenInterface, TtyAnswer } from "../../../src/identify/types.ts";
import { classOf } from "../../../src/rules/class-triple.ts";
import { parseRules } from "../../../src/rules/load-rules.ts";
import { createRuleBook } from "../../../src/rules/rule-book.ts";
import { databaseOf } from "../rules/database-of.ts";
import { device } from "../rules/device.ts";

const byte = fc.integer({ min: 0, max: 255 });
const text = fc.string({ unit: "binary", maxLength: 130 }).map((any) => printable(any, 126));
const answer: fc.Arbitrary<TtyAnswer> = fc.oneof(
  fc.record({ kind: fc.constant("answers" as const), manufacturer: fc.option(text), model: fc.option(text) }),
  fc.record({ kind: fc.constant("failed" as const), why: text }),
  fc.record({ kind: fc.constant("not asked" as const), why: text }),
);
const face = fc.record({ class: byte, subclass: byte, protocol: byte });
const anyDevice = fc
  .record({
    vendorId: fc.integer({ min: 0, max: 0xffff }),
    productId: fc.integer({ min: 0, max: 0xffff }),
    ...{ manufacturer: text, product: text, serial: text },
    // Hubs are never asked about.
    faces: fc.array(
      face.filter((each) => each.class !== 9),
      { minLength: 1, maxLength: 32 },
    ),
  })
  .map(({ faces, ...rest }) => ({
    ...device("0000:0000", []),
    ...rest,
    interfaces: faces.map((each, number) => ({ number, ...each })),
  }));

describe("whatever is plugged in", () => {
  test("a rule that is suggested for it is sound, and decides when it is installed", () => {
    const empty = createRuleBook([], databaseOf({}));
    let suggested = 0;
    fc.assert(
      fc.property(anyDevice, fc.array(answer, { maxLength: 32 }), fc.boolean(), (any, answers, ambiguous) => {
        const interfaces = any.interfaces.map((each, at): SeenInterface => {
          const heard = answers[at];
          return {
            number: each.number,
            class: classOf(each),
            driver: heard === undefined ? null : "option",
            ttys: heard === undefined ? [] : [{ name: `ttyUSB${at}`, path: null, answer: heard }],
            ...{ networks: [], controls: [], drives: at === 0 ? ["CD-ROM"] : [] },
          };
        });
        const seen: Seen = { device: any, usbId: usbId(any), interfaces, identity: empty.identify(any) };
        const suggestion = suggestRule(seen, { date: "2026-01-05", ambiguous });
        if (suggestion.kind === "none") return;
        suggested += 1;
        const parsed = parseRules(suggestion.text, "mine.yaml", "mine.yaml");
        if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems) + suggestion.text);
        const others = ambiguous ? { [`${usbId(any)}:uPr=nobody`]: "# shares its id\nStandardEject=1\n" } : {};
        const decided = createRuleBook([], databaseOf(others), null, parsed.rules).identify(any);
        expect(decided.why).toContain("mine.yaml");
        expect(decided.kind).toBe(
          answers.some(({ kind }, at) => kind === "answers" && at < any.interfaces.length) ? "modem" : "storage",
        );
      }),
      { numRuns: 300 },
    );
    expect(suggested).toBeGreaterThan(100);
  });
});
