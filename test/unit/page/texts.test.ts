import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PortPath } from "../../../src/hotplug/types.ts";
import { parsePlace, placeText } from "../../../src/page/address.ts";
import { rankChange } from "../../../src/page/rank-change.ts";
import { amountText, clockText, durationText, rateText, timeOfDay } from "../../../src/page/words.ts";

describe("words", () => {
  it.each([
    [-5, "0 s"],
    [400, "0 s"],
    [52_000, "52 s"],
    [59_900, "1 min"],
    [412_000, "6 min 52 s"],
    [8_040_000, "2 h 14 min"],
    [3 * 86_400_000 + 4 * 3_600_000 + 60_000, "3 d 4 h"],
  ])("tell %i ms as %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [0, "0 B/s"],
    [999, "999 B/s"],
    [1_400, "1.4 kB/s"],
    [120_400, "120 kB/s"],
    [999_600, "1.0 MB/s"],
  ])("tell %d bytes a second as %s", (rate, text) => {
    expect(rateText(rate)).toBe(text);
  });

  it("tell any amount in at most seven characters", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(amountText(bytes).length).toBeLessThanOrEqual(7);
      }),
    );
  });

  it("tell a time with its day only where that is another", () => {
    const at = new Date(2026, 0, 5, 14, 2, 7).getTime();
    expect(clockText(at, at)).toBe("14:02:07");
    expect(clockText(at, at, false)).toBe("14:02");
    expect(clockText(at, at + 86_400_000)).toBe("5 Jan, 14:02:07");
  });

  it("read a time of day as the last one that there was", () => {
    const now = new Date(2026, 0, 5, 14, 10, 0).getTime();
    expect(timeOfDay("14:02", now)).toBe(now - 480_000);
    expect(timeOfDay("14:10:01", now)).toBe(new Date(2026, 0, 4, 14, 10, 1).getTime());
    expect(timeOfDay("", now)).toBeNull();
  });
});

describe("the address", () => {
  it("keeps port and moment", () => {
    const time = fc.option(fc.nat(), { nil: null });
    fc.assert(
      fc.property(fc.constantFrom("1-1", "1-1.3", "2-1.4.2", null), time, (port, at) => {
        expect(parsePlace(placeText({ port: port as PortPath | null, at }))).toEqual({ port, at });
      }),
    );
    expect(placeText({ port: null, at: 5 })).toBe("#@5");
  });

  it.each(["", "#", "#x", "#usb1", "#1-1.3@", "#1-1.3@x", "#1-1.3@1@2", "#@", "#x@5", "#usb1@5", "#javascript:1"])(
    "is the bus for %j",
    (hash) => {
      expect(parsePlace(hash)).toEqual({ port: null, at: null });
    },
  );
});

it.each([
  ["3", "2", { weight: 3, tier: 2 }],
  [" auto ", "1", { weight: "auto", tier: 1 }],
  ["0", "1", null],
  ["1001", "1", null],
  ["1", "10", null],
  ["", "1", null],
])("reads weight %j and tier %j", (weight, tier, change) => {
  expect(rankChange(weight, tier)).toEqual(change);
});
