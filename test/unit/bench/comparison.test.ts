import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparisonChart } from "../../bench/comparison/chart.ts";
import { megabytes, parsePss, parseUsage } from "../../bench/comparison/contestant.ts";
import type { Sample } from "../../bench/comparison/figure.ts";
import { connectionProfile } from "../../bench/comparison/managers.ts";
import { firstOfStreak, parseAttempts } from "../../bench/comparison/probe.ts";
import { mergeRows, parseResults, type RowResult } from "../../bench/comparison/results.ts";
import { cell, comparisonTable, replaceTable } from "../../bench/comparison/table.ts";
import { balancingRules, namingRules } from "../../bench/comparison/thesis.ts";

const row = (key: string, unit: RowResult["unit"], samples: RowResult["samples"]): RowResult => ({
  ...{ key, title: `${key} <& so on>`, unit, date: "2026-11-26", machine: "2 cores", samples },
});
const RESULTS: readonly RowResult[] = [
  row("plug", "s", { wanherd: [3_210, 2_980, 4_400], thesis: [7_000, "not within 180 s"], managers: [18_000] }),
  row("memory", "MB", { wanherd: [90.4], thesis: ["no figure"], managers: [] }),
];

describe("what a contestant costs", () => {
  it("is what its group's CPU time says, and the memory of all its processes by program", () => {
    expect(parseUsage("usage_usec 1234567\nuser_usec 1\nsystem_usec 2\n")).toBe(1234.567);
    expect(() => parseUsage("user_usec 1\n")).toThrow(/usage_usec/);
    const pssKb = parsePss("node\t61440\npppd\t1024\npppd\t1024\nrubbish\nempty\t\n");
    expect(pssKb).toEqual({ node: 61_440, pppd: 2_048 });
    expect(megabytes({ pssKb, cpuMs: 0, atMs: 0 })).toBe(62);
  });
});

describe("the probe", () => {
  /** As the program in the guest writes it: of a connection that is under way it has said nothing yet. */
  const attempts = (text: string) =>
    parseAttempts([...text].map((sign, place) => (sign === "?" ? "" : `${place} ${place}.0 1.5 ${sign}\n`)).join(""));

  it("finds the first of so many answered connections in a row, and no answer before all that matters is known", () => {
    const first = (text: string, streak: number) => firstOfStreak(attempts(text), streak)?.startMs ?? null;
    expect(first("--+-+++", 3)).toBe(4);
    expect(first("--+-++", 3)).toBeNull();
    expect(first("--?++++", 3)).toBeNull();
    expect(first("+++?-", 3)).toBe(0);
    expect(first("??+", 1)).toBe(2);
    expect(first("", 1)).toBeNull();
  });

  it("reads whole lines only", () => {
    expect(parseAttempts("1 12.5 3.0 +\n0 2.0 3000.1 -\n2 13.")).toEqual([
      { startMs: 2, tookMs: 3000.1, isAnswered: false },
      { startMs: 12.5, tookMs: 3, isAnswered: true },
    ]);
  });

  it("finds nothing that a connection which failed comes after within the streak, whatever the connections", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("+", "-", "?")), fc.integer({ min: 2, max: 5 }), (signs, streak) => {
        const found = firstOfStreak(attempts(signs.join("")), streak);
        if (found === null) return;
        expect(signs.slice(found.startMs, found.startMs + streak)).toEqual(Array(streak).fill("+"));
        expect([undefined, "-"]).toContain(signs[found.startMs - 1]);
      }),
    );
  });
});

describe("the thesis's stack as it is set up", () => {
  it("gives each of its links the same share of new connections", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), (links) => {
        const shares = [1];
        for (const [, chance, mark] of balancingRules(links).matchAll(
          /--probability (\S+) -j MARK --set-mark (\d+)/g,
        )) {
          for (const [place, share] of shares.entries()) shares[place] = share * (1 - Number(chance));
          shares[Number(mark) - 1] = Number(chance);
        }
        expect(shares).toHaveLength(links);
        for (const share of shares) expect(share).toBeCloseTo(1 / links, 4);
      }),
    );
  });

  it("names data ports by the place of their modem", () => {
    expect(namingRules(["1-1", "1-2"]).split("\n")).toEqual([
      `SUBSYSTEM=="tty", KERNELS=="1-1", ATTRS{idVendor}=="19d2|2c7c", ENV{ID_USB_INTERFACE_NUM}=="03", SYMLINK+="thesis-modem1"`,
      `SUBSYSTEM=="tty", KERNELS=="1-2", ATTRS{idVendor}=="19d2|2c7c", ENV{ID_USB_INTERFACE_NUM}=="03", SYMLINK+="thesis-modem2"`,
      "",
    ]);
  });
});

it("NetworkManager's connections come up by themselves, again and again, and are told apart", () => {
  expect(connectionProfile(3)).toMatch(
    /^id=modem3$[^[]*^type=gsm$[^[]*^autoconnect=true$[^[]*^autoconnect-retries=0$/m,
  );
  expect(connectionProfile(3)).not.toBe(connectionProfile(4));
});

describe("what is shown", () => {
  it("is a median with its extremes, and in words whatever gave no figure", () => {
    const text = (...samples: Sample[]): string => cell({ unit: "s" }, samples);
    expect(text(3_000, 1_000, 2_000)).toBe("2.00 s (1.00–3.00)");
    expect(text(3_000)).toBe("3.00 s");
    expect(text("not within 60 s", "not within 60 s")).toBe("not within 60 s");
    expect(text(2_000, "not within 60 s", 4_000)).toBe("3.00 s (2.00–4.00); 1 of 3: not within 60 s");
    expect(text()).toBe("not measured");
  });

  it("is a table with a column for each of them", () => {
    expect(
      comparisonTable(RESULTS),
    ).toBe(`|  | wanherd | the thesis's stack | ModemManager + NetworkManager | runs | on |
| --- | --- | --- | --- | --- | --- |
| plug <& so on> | 3.21 s (2.98–4.40) | 7.00 s; 1 of 2: not within 180 s | 18.00 s | 3 | 2026-11-26 |
| memory <& so on> | 90 MB | no figure | not measured | 1 | 2026-11-26 |`);
  });

  it("is put in the place of the one before, and nowhere else", () => {
    const [begin, end] = ["begin", "end"].map((word) => `<!-- npm run bench -- --only COMPARE: ${word} -->`);
    expect(replaceTable(`a\n${begin}\nold\n${end}\nb`, "new")).toBe(`a\n${begin}\nnew\n${end}\nb`);
    expect(() => replaceTable(`a ${end} ${begin}`, "new")).toThrow(/no place/);
  });

  it("is a plot with bars for figures and words for the rest", async () => {
    await expect(comparisonChart(RESULTS)).toMatchFileSnapshot("golden/comparison.svg");
  });

  it("keeps what was measured before, in the table's order", () => {
    const old = [row("a", "s", RESULTS[0]?.samples as never), row("b", "s", RESULTS[0]?.samples as never)];
    const fresh = row("a", "%", RESULTS[1]?.samples as never);
    expect(mergeRows(old, [fresh], ["b", "a", "c"])).toEqual([old[1], fresh]);
  });
});

describe("docs", () => {
  const measured = parseResults(readFileSync("docs/comparison.ndjson", "utf8"));

  it("show the table of what was measured last", () => {
    expect(readFileSync("docs/measurements.md", "utf8")).toContain(comparisonTable(measured));
  });

  it("show the plot of what was measured last", async () => {
    expect(readFileSync("docs/comparison.svg", "utf8")).toBe(comparisonChart(measured));
  });
});
