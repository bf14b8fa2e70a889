import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { failure } from "../../machines/failure.ts";
import { SETTINGS } from "../machines/fake-bundle.ts";
import { drawn, keepPicture, openPage, PHONE } from "./browser.ts";
import { GOOD, SIMLESS } from "./bus-trip.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

const section = (page: Page) => page.getByRole("region", { name: "The bundle" });
const state = (page: Page) => section(page).locator(".state").textContent();
const lit = (page: Page) =>
  section(page)
    .locator(".leaf[data-active]")
    .evaluateAll((parts) => parts.map((part) => part.getAttribute("data-path")));
const moves = (page: Page) => page.getByRole("group", { name: "move its link" }).getByRole("button").allTextContents();
const held = (page: Page) => page.evaluate("document.activeElement.textContent");

test("without a concentrator there is no bundle to see, and no move is offered", async () => {
  const { page, faults } = await openPage(stage.browser, `${stage.lived.page.url}#${GOOD}`);
  await page.getByRole("button", { name: "Disable…" }).waitFor();
  expect(await section(page).count()).toBe(0);
  expect(await page.getByRole("button", { name: /^Into the/ }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test("a link is moved into the bundle by keys alone; the page shows that it carries, falls silent, and why", async () => {
  const { world } = stage.lived;
  world.bundle.wanted = SETTINGS;
  world.agent.send({ type: "bundle.configured" });
  await world.settle();
  const { page, faults } = await openPage(stage.browser, `${stage.lived.page.url}#${GOOD}`);
  await expect.poll(() => state(page)).toBe("waiting");
  expect(await section(page).textContent()).toContain("none of its links is up");
  await section(page).locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => lit(page)).toContain("alive.active.traffic.waiting");

  const into = page.getByRole("button", { name: "Into the bundle" });
  await into.focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".said").textContent()).toBe(`${GOOD} is being moved into the bundle.`);
  await expect.poll(() => state(page)).toBe("connecting");
  // The button has gone with what it offered; the keyboard has not lost its place.
  await expect.poll(() => held(page)).toBe("Into the balancer");
  world.bundle.health?.({ type: "health.answered" });
  await expect.poll(() => state(page)).toBe("carrying");
  await expect.poll(() => lit(page)).toContain("alive.active.traffic.asking.answering.carrying");
  expect(await section(page).getByRole("link").allTextContents()).toEqual([`${GOOD} wan${GOOD}`]);
  await expect.poll(() => page.locator(".uplinks li").first().textContent()).toContain("in the bundle");
  await keepPicture(page, "desktop-bundle");

  world.bundle.health?.({ type: "health.silent", failure: failure("ConcentratorSilent", "no answer for 4 s") });
  await expect.poll(() => state(page)).toBe("silent");
  expect(await section(page).textContent()).toContain("no answer for 4 s");
  await page.getByRole("button", { name: "Where the config has it" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => state(page)).toBe("waiting");
  await expect.poll(() => moves(page)).toEqual(["Into the bundle"]);
  expect(faults).toEqual([]);
});

test("the moment at which it carried is shown on a phone: the chart as it was, and nothing that is only true now", async () => {
  const { page, faults } = await openPage(stage.browser, stage.lived.page.url, PHONE);
  await expect.poll(() => state(page)).toBe("waiting");
  await section(page).locator("summary").first().click();
  const gateway = page.locator(".gateway");
  await gateway.locator("summary").first().click();
  await gateway.locator('input[value="bundle"]').check({ force: true });
  const carrying = gateway.locator(".steps .entry", { hasText: /→ .*carrying/ }).first();
  await carrying.locator(".time").click();
  await expect.poll(() => state(page)).toBe("carrying");
  await drawn(page);
  expect(await lit(page)).toContain("alive.active.traffic.asking.answering.carrying");
  expect(await section(page).getByRole("link").count()).toBe(0);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  await keepPicture(page, "phone-bundle");
  expect(faults).toEqual([]);
});

test("a port without a link has none to move", async () => {
  const { page } = await openPage(stage.browser, `${stage.lived.page.url}#${SIMLESS}`);
  await page.getByRole("button", { name: "Disable…" }).waitFor();
  expect(await page.getByRole("group", { name: "move its link" }).count()).toBe(0);
});
