import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DESKTOP, keepPicture, launchBrowser, openPage, PHONE } from "./browser.ts";
import { busTrip, HUBS, TRIP_MS } from "./bus-trip.ts";
import { type Lived, live } from "./lived.ts";

let browser: Browser;
let lived: Lived;

beforeAll(async () => {
  lived = await live({ forMs: TRIP_MS, hubs: HUBS, tell: busTrip });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lived?.close();
});

describe("pictures", () => {
  test("all", async () => {
    for (const [name, options] of [
      ["phone-light", { ...PHONE, colorScheme: "light" }],
      ["phone-dark", { ...PHONE, colorScheme: "dark" }],
      ["desktop-light", { ...DESKTOP, colorScheme: "light" }],
      ["desktop-dark", { ...DESKTOP, colorScheme: "dark" }],
    ] as const) {
      const { page, faults } = await openPage(browser, lived.page.url, options);
      await page.waitForTimeout(2500);
      await keepPicture(page, `${name}-bus`);
      await page.locator(".outage").filter({ hasText: "1-1.3" }).first().click();
      await page.waitForTimeout(500);
      await keepPicture(page, `${name}-story`);
      expect(faults).toEqual([]);
    }
  });
});
