import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { launchBrowser } from "./browser.ts";
import { busTrip, HUBS, TRIP_MS } from "./bus-trip.ts";
import { type Lived, type LivedOptions, live } from "./lived.ts";

/** What a file's tests share, from its first test to its last: a browser, and an agent that has lived through the trip. */
export interface Stage {
  browser: Browser;
  lived: Lived;
}

/** Sets the stage, closes the tabs after each test, and clears it in the end. Its parts are there once tests run. */
export function setStage(options: Partial<LivedOptions> = {}): Stage {
  const stage = {} as Stage;
  beforeAll(async () => {
    stage.lived = await live({ forMs: TRIP_MS, hubs: HUBS, tell: busTrip, ...options });
    stage.browser = await launchBrowser();
  });
  afterAll(async () => {
    await stage.browser?.close();
    await stage.lived?.close();
  });
  afterEach(async () => {
    await Promise.all(stage.browser.contexts().map((context) => context.close()));
  });
  return stage;
}
