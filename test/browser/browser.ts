import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { ensurePrograms, missingBrowser } from "../bus/guest/programs.ts";
import { projectRoot } from "../bus/guest/project-root.ts";

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
};
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1360, height: 900 } };

/** Debian's Chromium, without a screen; installed first where that may be. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  await ensurePrograms((line) => console.error(line), missingBrowser);
  // Its sandbox needs what root and containers often do not have; it sees pages of ours only.
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** A tab at this address that fails the test by `faults` if its script or its policy complains. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<{ readonly page: Page; readonly faults: readonly string[] }> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults };
}

/** Keeps what the page looks like, to be seen by a person: test-artefacts/page-NAME.png. */
export async function keepPicture(page: Page, name: string, fullPage = true): Promise<void> {
  const folder = join(projectRoot(), "test-artefacts");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `page-${name}.png`), fullPage });
}

/** Waits until the page has drawn what it was told so far. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(null))))");
}
