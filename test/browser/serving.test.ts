import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../bus/guest/project-root.ts";
import { launchBrowser, openPage, PHONE } from "./browser.ts";
import { busTrip, HUBS, TRIP_MS } from "./bus-trip.ts";
import { type Lived, live } from "./lived.ts";

const MOST_BYTES = 250_000;
/** Against hangs only; what it takes is written down. */
const PATIENCE_MS = 20_000;
const RUNS = 5;

let browser: Browser;
let lived: Lived;

beforeAll(async () => {
  lived = await live({ forMs: TRIP_MS, hubs: HUBS, token: true, tell: busTrip });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lived?.close();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

test("the token is taken from the address, kept for the tab, and shown no more", async () => {
  const { page } = await openPage(browser, lived.page.url);
  await page.locator(".port").first().waitFor();
  expect(page.url()).not.toContain(new URL(lived.page.url).hash.slice(1));
  await page.reload();
  await page.locator(".port").first().waitFor();
});

test("without the token there is nothing to see, and the page says what is missing", async () => {
  const { page } = await openPage(browser, new URL("/", lived.page.url).href);
  await expect.poll(() => page.locator(".problem").textContent()).toMatch(/^A token is needed/);
  expect(await page.locator(".port, .outage").count()).toBe(0);
});

test("nothing is loaded from elsewhere, and it is small and soon there", async () => {
  const paints: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const context = await browser.newContext(PHONE);
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (each) => asked.push(each.url()));
    const begin = performance.now();
    await page.goto(lived.page.url, { waitUntil: "commit" });
    // Useful is what answers: the ports with their states, and what was down lately.
    await page.locator(".port .state").first().waitFor({ timeout: PATIENCE_MS });
    await page.locator(".outage").first().waitFor({ timeout: PATIENCE_MS });
    paints.push(Math.round(performance.now() - begin));
    expect(asked.filter((url) => !url.startsWith(new URL("/", lived.page.url).href))).toEqual([]);
    await context.close();
  }
  const compressed = await compressedBytes(new URL("/", lived.page.url));
  expect(compressed).toBeLessThan(MOST_BYTES);
  const figures = { compressedBytes: compressed, usefulPaintMs: paints };
  await writeFile(join(projectRoot(), "test-artefacts", "page-figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
});

async function compressedBytes(url: URL): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { "accept-encoding": "gzip" } }, (answer) => {
      let bytes = 0;
      answer.on("data", (part: Buffer) => {
        bytes += part.length;
      });
      answer.on("end", () => resolve(bytes));
    });
    asked.once("error", reject);
    asked.end();
  });
}
