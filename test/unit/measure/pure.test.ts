import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMeasureUrl, shownUrl } from "../../../src/measure/measure-url.ts";
import { costOf, planOf } from "../../../src/measure/plan.ts";
import { summarize } from "../../../src/measure/statistics.ts";
import { renderSvg } from "../../../src/measure/svg.ts";
import type { Run } from "../../../src/measure/types.ts";
import { REPORT } from "./report.ts";

const bounds = { bytes: 25e6, seconds: 60 };
const plan = (...links: string[]) => planOf({ links, repetitions: 2, connections: 8, bounds });

describe("the plan", () => {
  it("has each link with one connection and with many, and all together with many, again and again", () => {
    const told = plan("1-1.2", "eth0").runs.map(
      ({ path, connections, repetition }) => `${repetition} ${path.name} ${connections}`,
    );
    const once = ["1-1.2 1", "1-1.2 8", "eth0 1", "eth0 8", "together 8"];
    expect(told).toEqual([...once.map((text) => `1 ${text}`), ...once.map((text) => `2 ${text}`)]);
  });

  it("has nothing together where there is one link, and a connection at least for each of many", () => {
    expect(plan("1-1.2").runs.map(({ path }) => path.name)).not.toContain("together");
    const many = plan(...Array.from({ length: 12 }, (_, index) => `1-1.${index + 1}`));
    expect(many.runs.find(({ path }) => path.name === "together")?.connections).toBe(12);
  });

  it("says what it may cost: of one link as if all that is downloaded together came over it", () => {
    expect(costOf(plan("1-1.2", "eth0"))).toEqual({ bytes: 250e6, bytesOfOne: 150e6, seconds: 620 });
  });
});

describe("the statistics", () => {
  const run = (seconds: number, more: Partial<Run> = {}): Run => ({
    ...{ path: "eth0", connections: 1, repetition: 1, bytes: 1e6, seconds, cpu: 0.5, load: 1, failure: null },
    ...more,
  });

  it("are of the runs that count", () => {
    expect(summarize([run(1), run(2), run(10), run(0, { bytes: 0, failure: "nothing came" })])).toEqual([
      {
        ...{ path: "eth0", connections: 1, good: 3, failed: 1, median: 500_000, least: 100_000, most: 1_000_000 },
        ...{ average: 1_600_000 / 3, cpu: 0.5, load: 1 },
      },
    ]);
    expect(summarize([run(1, { failure: "no" })])).toMatchObject([{ good: 0, failed: 1, median: null, most: null }]);
    expect(summarize([])).toEqual([]);
  });

  it("keep the paths apart, and the numbers of connections, in the order of the runs", () => {
    const runs = [run(1), run(1, { connections: 8 }), run(1, { path: "1-1" }), run(1)];
    expect(summarize(runs).map(({ path, connections, good }) => [path, connections, good])).toEqual([
      ["eth0", 1, 2],
      ["eth0", 8, 1],
      ["1-1", 1, 1],
    ]);
  });
});

describe("the plot", () => {
  it("has a bar for each path, and says where no run counts", async () => {
    await expect(renderSvg(REPORT)).toMatchFileSnapshot("golden/measure.svg");
  });

  it("is well-formed and within its frame, whatever the rates and names", () => {
    const rate = fc.double({ min: 1, max: 1e10, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.record({ path: fc.string({ unit: "binary" }), rate }), { maxLength: 20 }), (measured) => {
        const runs = measured.map(
          (each): Run => ({ ...(REPORT.runs[0] as Run), path: each.path, bytes: each.rate, seconds: 1 }),
        );
        const svg = renderSvg({ ...REPORT, url: measured[0]?.path ?? "", summaries: summarize(runs) });
        expect(svg.replace(/<[a-z/][^<>]*>/g, "").replace(/&#[0-9]+;/g, "")).not.toMatch(/[<>&]/);
        for (const [, x] of svg.matchAll(/ x="([^"]*)"/g)) expect(Number(x)).toBeLessThanOrEqual(720);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe("the URL", () => {
  it.each([
    "ftp://server.example/file",
    "file:///etc/passwd",
    "/srv/file",
    "",
    "http://",
    "http://me:secret@server.example/",
    `http://server.example/${"x".repeat(2_000)}`,
  ])("is refused: %.40s", (text) => {
    expect(typeof parseMeasureUrl(text)).toBe("string");
  });

  it("is shown without what may be a key", () => {
    const url = parseMeasureUrl("https://server.example:8443/a/25MB.bin?token=secret#part") as URL;
    expect(shownUrl(url)).toBe("https://server.example:8443/a/25MB.bin?…");
  });
});
