import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { PortPath } from "../../src/hotplug/types.ts";
import { drawn, keepPicture, openPage, PHONE } from "./browser.ts";
import { DENIED } from "./bus-trip.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

const section = (page: Page) => page.locator(".gateway");
const lit = (page: Page) =>
  section(page)
    .locator(".leaf[data-active]")
    .evaluateAll((parts) => parts.map((part) => part.getAttribute("data-path")));
const choose = (page: Page, machine: string) =>
  section(page).locator(`input[value="${machine}"]`).check({ force: true });
const step = (page: Page, text: RegExp) => section(page).locator(".steps .entry", { hasText: text });

test("every machine of the gateway itself is drawn with the state that it is in", async () => {
  const { page, faults } = await openPage(stage.browser, stage.lived.page.url, PHONE);
  await section(page).locator("summary").first().click();
  for (const [machine, state] of [
    ["agent", "alive"],
    ["uplinks", "settled.sure"],
    ["resolver", "off"],
    ["accessPoint", "hostapd."],
  ] as const) {
    await choose(page, machine);
    await expect.poll(() => lit(page)).toContainEqual(expect.stringContaining(state));
    expect(await section(page).locator(".chart .leaf").count()).toBeGreaterThan(1);
    if (machine === "uplinks") await keepPicture(page, "phone-gateway");
  }
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  expect(faults).toEqual([]);
});

test("the pool's machine is followed, and a tap on one of its steps shows it as it was then", async () => {
  const { world } = stage.lived;
  const { page } = await openPage(stage.browser, stage.lived.page.url);
  await section(page).locator("summary").first().click();
  let applied = (): void => {};
  world.holds.set(
    "apply",
    new Promise((resolve) => {
      applied = resolve;
    }),
  );
  await world.bringOnline("1-1.7" as PortPath);
  await expect.poll(() => lit(page)).toEqual(["applying"]);
  world.holds.delete("apply");
  applied();
  await expect.poll(() => lit(page)).toEqual(["settled.sure"]);
  const applying = step(page, /→ applying \(uplink\.joined\)$/).first();
  await applying.locator(".time").click();
  await expect.poll(() => page.url()).toMatch(/#@[0-9]+$/);
  await expect.poll(() => lit(page)).toEqual(["applying"]);
  expect(await page.locator(".past").textContent()).toMatch(/^This is how it was at /);
  // Also when the page is loaded anew from that address.
  await page.reload();
  await section(page).locator("summary").first().click();
  await expect.poll(() => lit(page)).toEqual(["applying"]);
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect.poll(() => lit(page)).toEqual(["settled.sure"]);
});

test("its timeline is dragged by keys, together with that of a port", async () => {
  const { page, faults } = await openPage(stage.browser, `${stage.lived.page.url}#${DENIED}`);
  await section(page).locator("summary").first().click();
  const slider = page.getByRole("slider", { name: "moment of the gateway" });
  await slider.focus();
  const state = page.locator(".port-head .state");
  for (let presses = 0; presses < 12 && (await state.textContent()) !== "denied"; presses += 1) {
    await page.keyboard.press("PageDown");
    await drawn(page);
  }
  expect(await state.textContent()).toBe("denied");
  expect(await slider.getAttribute("aria-valuetext")).toMatch(/ ago$/);
  await page.keyboard.press("End");
  await expect.poll(() => state.textContent()).toBe("online");
  expect(faults).toEqual([]);
});
