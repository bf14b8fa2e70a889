import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lateness } from "../../../../src/bundle/mlppp/member-echo.ts";

describe("how late a member is", () => {
  it("is not known before its first answer, whoever was asked how long ago", () => {
    const late = new Lateness();
    late.asked(1, 0);
    expect(late.lateMs(9_000)).toBeNull();
  });

  it("is what the last answer took", () => {
    const late = new Lateness();
    late.asked(1, 0);
    late.answered(1, 120);
    late.asked(2, 1_000);
    late.answered(2, 1_400);
    expect(late.lateMs(1_500)).toBe(400);
  });

  it("grows while an answer is waited for", () => {
    const late = new Lateness();
    late.asked(1, 0);
    late.answered(1, 120);
    late.asked(2, 1_000);
    late.asked(3, 2_000);
    expect(late.lateMs(2_500)).toBe(1_500);
  });

  it("is not what was lost: a later answer tells more", () => {
    const late = new Lateness();
    late.asked(1, 0);
    late.asked(2, 1_000);
    late.answered(2, 1_130);
    expect(late.lateMs(5_000)).toBe(130);
    late.answered(1, 5_000);
    expect(late.lateMs(5_000)).toBe(130);
  });

  it("is known again after a silence of any length", () => {
    const late = new Lateness();
    for (let question = 0; question < 500; question++) late.asked(question, question * 1_000);
    late.answered(499, 499_150);
    expect(late.lateMs(499_200)).toBe(150);
  });

  it("is never less than nothing, and what answers without being asked changes nothing", () => {
    const steps = fc.array(fc.record({ isQuestion: fc.boolean(), number: fc.nat(20), afterMs: fc.nat(3_000) }));
    fc.assert(
      fc.property(steps, (all) => {
        const late = new Lateness();
        let [asked, atMs] = [0, 0];
        for (const { isQuestion, number, afterMs } of all) {
          atMs += afterMs;
          if (isQuestion) late.asked(++asked, atMs);
          else if (number > asked) {
            const before = late.lateMs(atMs);
            late.answered(number, atMs);
            expect(late.lateMs(atMs)).toBe(before);
          } else late.answered(number, atMs);
          expect(late.lateMs(atMs) ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
