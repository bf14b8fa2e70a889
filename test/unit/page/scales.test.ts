import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countUntil, History } from "../../../src/page/history.ts";
import { RateBook } from "../../../src/page/rates.ts";
import { fractionOf, roundUp, timeTicks, zoomed } from "../../../src/page/scale.ts";
import { BEGIN, PORT, Told } from "./entries.ts";

const range = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 41 }), fc.integer({ min: 20_000, max: 10 ** 9 }))
  .map(([from, length]) => ({ from, to: from + length }));

describe("the scale of time", () => {
  it("has round ticks within its range, as many as there is room for", () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 12 }), fc.constantFrom(-5, 0, 5.5), (shown, most, hours) => {
        const zone = hours * 3_600_000;
        const ticks = timeTicks(shown, most, zone);
        expect(ticks.length).toBeLessThanOrEqual(most);
        for (const tick of ticks) {
          expect(fractionOf(shown, tick)).toBe((tick - shown.from) / (shown.to - shown.from));
          if (shown.to - shown.from < 86_400_000) expect(Math.abs((tick + zone) % 1000)).toBe(0);
        }
      }),
    );
  });

  it("keeps the moment where it is when it is made longer or shorter, as far as there is room", () => {
    fc.assert(
      fc.property(
        range,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.5, 2),
        (shown, place, factor) => {
          const whole = { from: shown.from - 5 * (shown.to - shown.from), to: shown.to + 5 * (shown.to - shown.from) };
          const at = shown.from + place * (shown.to - shown.from);
          const next = zoomed(shown, factor, at, whole);
          expect(next.from).toBeGreaterThanOrEqual(whole.from);
          expect(next.to).toBeLessThanOrEqual(whole.to + 1);
          expect(fractionOf(next, at)).toBeCloseTo(place, 6);
        },
      ),
    );
    const all = { from: 0, to: 100_000 };
    expect(zoomed(all, 2, 50_000, all)).toEqual(all);
  });

  it("ends plots at round numbers", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 1e12, noNaN: true }), (value) => {
        expect(roundUp(value)).toBeGreaterThanOrEqual(value);
        expect(roundUp(value)).toBeLessThanOrEqual(value * 2.6);
      }),
    );
    expect([roundUp(0), roundUp(1200), roundUp(5001)]).toEqual([1, 2000, 10_000]);
  });
});

describe("rates", () => {
  it("are what the counters rose by, and none where they began anew", () => {
    const book = new RateBook(60_000);
    book.note("wan1-1", { at: 0, rxBytes: 1000, txBytes: 0 });
    book.note("wan1-1", { at: 2000, rxBytes: 5000, txBytes: 100 });
    book.note("wan1-1", { at: 4000, rxBytes: 10, txBytes: 0 });
    book.note("wan1-1", { at: 4000, rxBytes: 20, txBytes: 0 });
    book.note("wan1-1", { at: 5000, rxBytes: 1020, txBytes: 0 });
    expect(book.of("wan1-1")).toEqual([
      { at: 2000, rx: 2000, tx: 50 },
      { at: 5000, rx: 1000, tx: 0 },
    ]);
    expect(book.of("eth0")).toEqual([]);
  });

  it("are forgotten after a while", () => {
    const book = new RateBook(10_000);
    for (let at = 0; at <= 100_000; at += 1000) book.note("eth0", { at, rxBytes: at, txBytes: 0 });
    expect(book.of("eth0").length).toBeLessThanOrEqual(11);
  });
});

describe("the history", () => {
  it("takes each entry once, by port, and forgets the oldest when there are too many", () => {
    const told = new Told();
    for (let second = 0; second < 200; second += 1)
      told.add(second, "event", "x", undefined, second % 2 === 0 ? PORT : null);
    const entries = told.noted.map(({ entry }) => entry);
    const history = new History(100);
    history.add(entries.slice(0, 60));
    history.add(entries.slice(40));
    expect(history.all.length).toBeLessThanOrEqual(100);
    expect(history.lastSeq).toBe(200);
    expect(history.all.map(({ entry }) => entry.seq)).toEqual(entries.slice(-history.all.length).map(({ seq }) => seq));
    expect(history.of(PORT).every(({ entry }) => entry.port === PORT)).toBe(true);
    expect(history.ports()).toEqual([PORT]);
    const known = history.all.length;
    history.addEarlier(entries.slice(0, 150));
    expect(history.all.map(({ entry }) => entry.seq)).toEqual(entries.slice(-100).map(({ seq }) => seq));
    expect(history.of(PORT).length + history.all.filter(({ entry }) => entry.port === null).length).toBe(100);
    expect(known).toBeLessThan(100);
    history.clear();
    expect([history.beginsAt, history.lastSeq, history.ports()]).toEqual([null, 0, []]);
  });

  it("finds how many entries there were until a moment", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.nat(60), (times, at) => {
        const sorted = times.sort((a, b) => a - b).map((time) => ({ at: BEGIN + time }));
        expect(countUntil(sorted, BEGIN + at)).toBe(sorted.filter((each) => each.at <= BEGIN + at).length);
      }),
    );
  });
});
