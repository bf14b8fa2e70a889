import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../bus/guest/project-root.ts";
import { openPage, PHONE } from "./browser.ts";
import { setStage } from "./stage.ts";

const MOST_BYTES = 250_000;
/** Against hangs only; what it takes is written down. */
const PATIENCE_MS = 20_000;
const RUNS = 5;

const stage = setStage({ token: true });

test("the token is taken from the address, kept for the tab, and shown no more", async () => {
  const { page } = await openPage(stage.browser, stage.lived.page.url);
  await page.locator(".port").first().waitFor();
  expect(page.url()).not.toContain(new URL(stage.lived.page.url).hash.slice(1));
  await page.reload();
  await page.locator(".port").first().waitFor();
});

test("without the token there is nothing to see, and the page says what is missing", async () => {
  const { page } = await openPage(stage.browser, new URL("/", stage.lived.page.url).href);
  await expect.poll(() => page.locator(".problem").textContent()).toMatch(/^A token is needed/);
  expect(await page.locator(".port, .outage").count()).toBe(0);
});

test("nothing is loaded from elsewhere, and it is small and soon there", async () => {
  const paints: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const context = await stage.browser.newContext(PHONE);
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (each) => asked.push(each.url()));
    const begin = performance.now();
    await page.goto(stage.lived.page.url, { waitUntil: "commit" });
    // Useful is what answers: the ports with their states, and what was down lately.
    await page.locator(".port .state").first().waitFor({ timeout: PATIENCE_MS });
    await page.locator(".outage").first().waitFor({ timeout: PATIENCE_MS });
    paints.push(Math.round(performance.now() - begin));
    expect(asked.filter((url) => !url.startsWith(new URL("/", stage.lived.page.url).href))).toEqual([]);
    await context.close();
  }
  const compressed = await compressedBytes(new URL("/", stage.lived.page.url));
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
