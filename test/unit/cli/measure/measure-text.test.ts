import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type MeasureCommand, measureLinks } from "../../../../src/cli/measure/measure-command.ts";
import {
  costText,
  outcomeText,
  progressText,
  renderReport,
  runText,
} from "../../../../src/cli/measure/measure-text.ts";
import { plain } from "../../../../src/cli/style.ts";
import type { Surroundings } from "../../../../src/cli/surroundings.ts";
import { textWidth } from "../../../../src/cli/text-width.ts";
import type { UplinkStatus } from "../../../../src/inspector/types.ts";
import { planOf } from "../../../../src/measure/plan.ts";
import type { Report, Run } from "../../../../src/measure/types.ts";
import { REPORT } from "../../measure/report.ts";
import { EXAMPLE, NOW } from "../example-status.ts";

const page = { now: NOW, columns: 80, style: plain };
const bounds = { bytes: 25e6, seconds: 60 };
const plan = planOf({ links: ["1-1.2", "eth0"], repetitions: 10, connections: 8, bounds });

describe("the table of wanherd measure", () => {
  it("fits 80 columns, and says what does not count", async () => {
    const text = renderReport(REPORT, page);
    expect(Math.max(...text.split("\n").map(textWidth))).toBeLessThanOrEqual(80);
    await expect(text).toMatchFileSnapshot("golden/measure-80.txt");
  });

  it("says that it was broken off, also before anything was measured", () => {
    const broken = renderReport({ ...REPORT, isComplete: false, runs: [], summaries: [] }, page);
    expect(broken).toContain("It was broken off: not all runs were made.");
  });
});

it("what it may cost, and how it goes on", () => {
  expect(costText(plan, "http://server.example/f")).toBe(
    "50 downloads of http://server.example/f: up to 1.3 GB, up to 750 MB of it over a single link, in 51m at most.",
  );
  expect(runText(plan.runs[4] as (typeof plan.runs)[number], 4, plan)).toBe("5 of 50 · together · 8 connections");
  expect(progressText(12.3e6, 40.7, plan)).toBe("12.3 MB of 25.0 MB · 40s of 60s · 302 kB/s");
  expect(progressText(0, 0, plan)).toContain("0 B/s");
  const run: Run = { ...(REPORT.runs[0] as Run), seconds: 50, bytes: 25e6, failure: null };
  expect(outcomeText(run)).toBe("500 kB/s (25.0 MB in 50.0 s)");
  expect(outcomeText({ ...run, failure: "nothing\u001b came" })).toBe("failed: nothing· came");
});

describe("wanherd measure", () => {
  const uplink: UplinkStatus = {
    ...(EXAMPLE.uplinks[0] as UplinkStatus),
    port: null,
    interface: "eth0",
    address: "127.0.0.11",
  };
  /** Runs the command over one link that is loopback; its counter has whatever is wanted of it. */
  const run = async (
    more: Partial<MeasureCommand>,
    uplinks: readonly UplinkStatus[] = [uplink],
  ): Promise<{ isGood: boolean; out: string; err: string }> => {
    let [out, err, asked] = ["", "", 0];
    const surroundings = {
      terminal: {
        out: (text: string) => {
          out += text;
        },
        err: (text: string) => {
          err += text;
        },
        ...{ columns: 80, style: plain, gone: new AbortController().signal },
      },
      now: () => NOW,
      client: () => ({
        status: async () => {
          asked += 1;
          return { ...EXAMPLE, uplinks: uplinks.map((link) => ({ ...link, rxBytes: asked * 100e6 })) };
        },
      }),
    } as unknown as Surroundings;
    const command: MeasureCommand = {
      ...{ url: undefined, config: undefined, socket: "/s", link: [], svg: undefined, json: false, yes: true },
      ...{ repetitions: 1, megabytes: 1, seconds: 10, connections: 2, ...more },
    };
    return { isGood: await measureLinks(surroundings, command), out, err };
  };

  it("measures, prints JSON, draws the plot, and says on standard error how it goes", async () => {
    const server = createServer((_, answer) => void answer.end(Buffer.alloc(2_000_000)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const folder = await mkdtemp(join(tmpdir(), "measure-"));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f?key=secret`;
    try {
      const svg = join(folder, "plot.svg");
      const { isGood, out, err } = await run({ url, json: true, svg });
      const report = JSON.parse(out) as Report;
      expect(isGood).toBe(true);
      expect(report).toMatchObject({
        schema: 1,
        isComplete: true,
        repetitions: 1,
        runs: [{ path: "eth0" }, { path: "eth0" }],
      });
      expect(err).toMatch(
        /^2 downloads of .*: up to 2\.0 MB, in 24s at most\.\n1 of 2 · eth0 · 1 connection: .*\n2 of 2 /,
      );
      expect(await readFile(svg, "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(out + err).not.toContain("secret");
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each<[string, Partial<MeasureCommand>, RegExp]>([
    ["no URL", { config: "/nonexistent.yaml" }, /^say what to download/],
    ["a URL that is none", { url: "ftp://x/y" }, /only http: and https:/],
    [
      "a link that is not there",
      { url: "http://192.0.2.1/f", link: ["1-9" as never] },
      /^no such link now: 1-9; there are: eth0/,
    ],
    ["more than anybody means", { url: "http://192.0.2.1/f", megabytes: 1000, repetitions: 10 }, /more than 10 GB/],
    ["a plot that cannot be written", { url: "http://192.0.2.1/f", svg: "/nonexistent/plot.svg" }, /ENOENT/],
    ["nobody who agrees", { url: "http://192.0.2.1/f", yes: false }, /^nothing was measured/],
  ])("refuses %s, before a byte is downloaded", async (_, command, reason) => {
    await expect(run(command)).rejects.toThrow(reason);
  });

  it("says that there is no link", async () => {
    await expect(run({ url: "http://192.0.2.1/f" }, [])).rejects.toThrow(/^there is no link to measure/);
  });
});
