import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { PortPath } from "../../src/hotplug/types.ts";
import { drawn, keepPicture, openPage, PHONE } from "./browser.ts";
import { busTrip, DENIED, GOOD, HUBS, SIMLESS, TRIP_MS, YANKED } from "./bus-trip.ts";
import { live } from "./lived.ts";
import { setStage } from "./stage.ts";

const stage = setStage();

beforeAll(() => {
  for (const [index, port] of [GOOD, YANKED, DENIED].entries())
    stage.lived.flows.set(`wan${port}`, 120_000 * (index + 1));
});

const row = (page: Page, port: string) => page.locator(".port").filter({ hasText: new RegExp(`^${port} `) });
const lit = (page: Page) =>
  page.locator(".leaf[data-active]").evaluateAll((parts) => parts.map((part) => part.getAttribute("data-path")));
const slider = (page: Page) => page.getByRole("slider", { name: "moment" });
const isAsWide = (page: Page) => page.evaluate("document.documentElement.scrollWidth <= innerWidth");

describe("why was stick 3 down, asked from a phone", () => {
  test("the first screen says it, and a tap shows that time: the state that it was in, and what led there", async () => {
    const { page, faults } = await openPage(stage.browser, stage.lived.page.url, PHONE);
    const outage = page.locator(".outage").filter({ hasText: DENIED });
    await outage.waitFor();
    expect(await outage.textContent()).toMatch(/, 7 min .*nothing came in for 4\.5 s.*; then denied for 6 min 5\d s$/);
    expect((await outage.boundingBox())?.y).toBeLessThan(PHONE.viewport?.height ?? 0);
    await outage.click();
    const story = page.locator(".story");
    expect(await story.textContent()).toMatch(
      /LinkDead.*redialling .*denied 6 min 5\d s → negotiating .* → up again.*SIM is active/,
    );
    expect((await story.boundingBox())?.y).toBeLessThan((PHONE.viewport?.height ?? 0) * 0.75);
    expect(await lit(page)).toContain("working.connecting.call.redialling");
    expect(await page.locator(".entry.t-event", { hasText: "link.dead" }).textContent()).toContain("four questions");
    await keepPicture(page, "phone-story");
    expect(await isAsWide(page)).toBe(true);
    expect(faults).toEqual([]);
    await page.goBack();
    await row(page, DENIED).waitFor();
    expect(await isAsWide(page)).toBe(true);
  });

  test("the timeline is dragged back to it, and the chart shows the state of that moment", async () => {
    const { page } = await openPage(stage.browser, stage.lived.page.url, PHONE);
    await row(page, DENIED).click();
    await page.locator(".leaf[data-active]").first().waitFor();
    expect(await lit(page)).toContain("working.connecting.call.online.good");
    const box = await slider(page).boundingBox();
    if (box === null) throw new Error("there is no slider");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width - 9, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 12 });
    await page.mouse.up();
    await expect.poll(() => lit(page)).toContain("working.connecting.call.registering.denied");
    expect(await page.locator(".moment").textContent()).toMatch(/ ago: denied for /);
    expect(await page.locator(".entry[aria-current]").count()).toBe(1);
    expect(page.url()).toMatch(/#1-1\.3@[0-9]+$/);
    await page.reload();
    await expect.poll(() => lit(page)).toContain("working.connecting.call.registering.denied");
    await page.getByRole("button", { name: "Now", exact: true }).click();
    await expect.poll(() => lit(page)).toContain("working.connecting.call.online.good");
  });
});

test("what only the disk still has is there too", async () => {
  const forgetful = await live({ forMs: TRIP_MS, hubs: HUBS, remembered: 40, tell: busTrip });
  try {
    const { page, faults } = await openPage(stage.browser, forgetful.page.url, PHONE);
    await page.locator(".outage").filter({ hasText: DENIED }).click();
    expect(await page.locator(".story").textContent()).toMatch(/LinkDead.*→ up again/);
    expect(await lit(page)).toContain("working.connecting.call.redialling");
    expect(faults).toEqual([]);
  } finally {
    await forgetful.close();
  }
});

test("all of it goes by keys", async () => {
  const { page, faults } = await openPage(stage.browser, stage.lived.page.url);
  await row(page, DENIED).waitFor();
  const focused = () => page.evaluate("document.activeElement.textContent") as Promise<string>;
  const tabTo = async (wanted: RegExp): Promise<void> => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      if (wanted.test(await focused())) return;
    }
    throw new Error(`no Tab leads to ${wanted}`);
  };
  await tabTo(/^1-1\.3 MF102 online/);
  await page.keyboard.press("Enter");
  await page.locator(".leaf[data-active]").first().waitFor();
  await slider(page).focus();
  // From state to state, back to the one before it was online for good.
  const moment = page.locator(".moment");
  for (let presses = 0; presses < 20 && !/: denied /.test((await moment.textContent()) ?? ""); presses += 1) {
    await page.keyboard.press("PageUp");
    await drawn(page);
  }
  await expect.poll(() => lit(page)).toContain("working.connecting.call.registering.denied");
  expect(await slider(page).getAttribute("aria-valuetext")).toMatch(/denied for /);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => lit(page)).not.toContain("working.connecting.call.registering.denied");
  await page.keyboard.press("End");
  await expect.poll(() => moment.textContent()).toMatch(/^Now: online/);
  await tabTo(/^Disable…$/);
  await page.keyboard.press("Enter");
  expect(await page.locator("dialog").textContent()).toContain("Disable 1-1.3?");
  await page.keyboard.press("Escape");
  await expect.poll(focused).toBe("Disable…");
  await page.locator(".choice input[value=at]").focus();
  await page.keyboard.press("Space");
  expect(await page.locator(".entry:not(.t-at)").count()).toBe(0);
  expect(faults).toEqual([]);
});

test("a stick is plugged, switched, dials, comes up, and is pulled: the page follows", async () => {
  const port = "1-1.7" as PortPath;
  const { world } = stage.lived;
  const { page, faults } = await openPage(stage.browser, `${stage.lived.page.url}#${port}`);
  const state = page.locator(".port-head .state");
  await expect.poll(() => state.textContent()).toBe("empty");
  const shows = (label: string) => expect.poll(() => state.textContent(), { timeout: 10_000 }).toBe(label);
  await world.plug("19d2:2000", port);
  await shows("switching");
  expect(await lit(page)).toEqual(["switching.awaitingTarget"]);
  await world.detach(port);
  await world.plug("19d2:0031", port);
  await shows("probing");
  await world.tty(1, port);
  await world.tty(3, port);
  await shows("registering");
  let letDial = (): void => {};
  world.holds.set(
    "dial",
    new Promise((resolve) => {
      letDial = resolve;
    }),
  );
  await world.register("home", port);
  await shows("dialling");
  world.holds.delete("dial");
  letDial();
  await shows("negotiating");
  await world.pppUp(port);
  await shows("online");
  await expect.poll(() => lit(page)).toContain("working.connecting.call.online.good");
  await expect.poll(() => page.locator(".uplinks li").count()).toBe(4);
  await keepPicture(page, "desktop-online");
  await world.unplug(port);
  await shows("empty");
  await expect.poll(() => page.locator(".story .why").textContent()).toBe("It was pulled out, or fell off the bus.");
  // Whoever hears the page is told.
  await expect.poll(() => page.locator(".unseen[role=status]").textContent()).toContain(`${port} empty`);
  expect(faults).toEqual([]);
});

test("a hand acts through the page, after it was asked", async () => {
  const { page } = await openPage(stage.browser, `${stage.lived.page.url}#${YANKED}`);
  await page.getByRole("button", { name: "Disable…" }).click();
  await page.getByRole("button", { name: "At once" }).click();
  await expect.poll(() => page.locator(".said").textContent()).toBe(`${YANKED} is being disabled.`);
  await expect.poll(() => page.locator(".port-head .state").textContent()).toBe("disabled");
  await page.getByRole("button", { name: "Enable" }).click();
  await expect.poll(() => page.locator(".port-head .state").textContent()).toMatch(/^(probing|registering)$/);
});

test("what a device says is shown as it is, and never becomes part of the page", async () => {
  const { journal } = stage.lived;
  const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
  const { page, faults } = await openPage(stage.browser, `${stage.lived.page.url}#${SIMLESS}`);
  journal.write({
    port: SIMLESS,
    topic: "at",
    text: `← ${hostile}`,
    data: { failure: { kind: hostile, message: hostile } },
  });
  await expect.poll(() => page.locator(".entry", { hasText: "onerror" }).count()).toBe(1);
  expect(await page.locator(".entry .text", { hasText: "onerror" }).textContent()).toContain(hostile);
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.title()).toBe(`${SIMLESS} · wanherd`);
  expect(faults).toEqual([]);
});

describe("what it looks like", () => {
  test.each(["light", "dark"] as const)("%s, on a desk and on a phone", async (colorScheme) => {
    for (const [name, options] of [
      ["desktop", {}],
      ["phone", PHONE],
    ] as const) {
      const { page, faults } = await openPage(stage.browser, stage.lived.page.url, { ...options, colorScheme });
      // The plots begin with the second look at the counters.
      await page.locator(".plot .down[d^=M]").first().waitFor();
      await expect
        .poll(() => page.locator(".plot .down").first().getAttribute("d"), { timeout: 20_000 })
        .toMatch(/L.*L/);
      await keepPicture(page, `${name}-${colorScheme}`);
      await page.locator(".outage").filter({ hasText: DENIED }).click();
      await page.locator(".leaf[data-active]").first().waitFor();
      await keepPicture(page, `${name}-${colorScheme}-story`);
      expect(faults).toEqual([]);
    }
  });
});
