import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Announcement,
  MAX_LINE,
  parseAnnouncement,
  parseAnswer,
  renderAnnouncement,
} from "../../../../src/bundle/mlppp/control-protocol.ts";

const bundle = fc.stringMatching(/^[0-9a-f]{16}$/);
const announcement: fc.Arbitrary<Announcement> = fc.oneof(
  fc.record({
    type: fc.constant("join" as const),
    bundle,
    speed: fc.integer({ min: 1, max: 20_000_000 }),
    pace: fc.option(fc.integer({ min: 1, max: 999_999_999 })),
  }),
  fc.record({ type: fc.constant("leave" as const), bundle, member: fc.integer({ min: 1, max: 8 }) }),
  fc.constant({ type: "measure" as const }),
);

describe("what a gateway tells the concentrator", () => {
  it("comes back as it was, in a short line", () => {
    fc.assert(
      fc.property(announcement, (said) => {
        const line = renderAnnouncement(said);
        expect(line.length).toBeLessThanOrEqual(MAX_LINE);
        expect(parseAnnouncement(line.slice(0, -1))).toEqual(said);
      }),
    );
  });

  it("is nothing where it is anything else, and never throws", () => {
    for (const line of ["", "join", "join 00 1 1", `leave ${"0".repeat(16)} 9`, `join ${"0".repeat(16)} 0 0`])
      expect(parseAnnouncement(line)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        const said = parseAnnouncement(text);
        if (said !== null) expect(renderAnnouncement(said).length).toBeGreaterThan(0);
      }),
    );
    expect(parseAnswer("ok")).toBe("ok");
    expect(parseAnswer("okay")).toBeNull();
  });
});
