import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawn, keepPicture, launchBrowser, openPage, PHONE } from "../browser/browser.ts";
import { Box } from "../bus/box.ts";
import { SERVER_ADDRESS } from "../bus/carriers/addresses.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { projectRoot } from "../bus/guest/project-root.ts";
import { tunnelTo } from "../bus/guest/tunnel.ts";

const PATIENCE = { timeout: 90_000, interval: 200 };
/** Notes each state that the page shows, however shortly. */
const WATCH = `
  window.seen = [];
  setInterval(() => {
    const state = document.querySelector(".port-head .state")?.textContent;
    if (state && state !== window.seen.at(-1)) window.seen.push(state);
  }, 20);
`;

let box: Box;
let folder: string;
let tunnel: { close(): Promise<void> };
let inspect: ReturnType<typeof startInspect>;
let url: string;
let browser: Browser;
let page: Page;
let faults: readonly string[];
let port: string;

beforeAll(async () => {
  const guest = await connectGuest();
  box = await Box.install(guest, [1]);
  await box.start();
  port = box.bus.port(1);
  folder = await mkdtemp(join(tmpdir(), "inspect-"));
  // The page's server and the browser run on the host, which has the computer's speed.
  const socket = join(folder, "agent.sock");
  tunnel = await tunnelTo(guest, "/run/wanherd/agent.sock", socket);
  inspect = startInspect(socket);
  url = await new Promise<string>((resolve, reject) => {
    inspect.stdout?.once("data", (line: Buffer) => resolve(line.toString().trim()));
    inspect.once("exit", () => reject(new Error("wanherd inspect has ended")));
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  inspect?.kill("SIGTERM");
  await inspect;
  await tunnel?.close();
  await rm(folder, { recursive: true, force: true });
  await box.bus.unplugAll();
  await box.stop();
});

function startInspect(socket: string) {
  const program = join(projectRoot(), "dist", "wanherd.js");
  return execa(process.execPath, [program, "inspect", "--listen", "0", "--socket", socket], { reject: false });
}

const state = () => page.locator(".port-head .state").textContent();
const lit = () =>
  page.locator(".leaf[data-active]").evaluateAll((parts) => parts.map((part) => part.getAttribute("data-path")));

test("a stick is plugged in, and the phone shows how it is switched, dials and comes up", async () => {
  ({ page, faults } = await openPage(browser, `${url}#${port}`, PHONE));
  await page.evaluate(WATCH);
  await expect.poll(state, PATIENCE).toBe("empty");
  await box.bus.plug(port, zteMf102());
  await expect.poll(state, PATIENCE).toBe("online");
  const seen = (await page.evaluate("window.seen.join(' ')")) as string;
  expect(seen).toMatch(/^empty (.* )?switching (.* )?(dialling|negotiating) (.* )?online$/);
  await expect.poll(lit, PATIENCE).toContain("working.connecting.call.online.good");
  await keepPicture(page, "bus-online");
});

test("its network refuses it for a while: dragged back to then, the page says so, with what the modem said", async () => {
  await box.bus.set(port, { registration: "denied" });
  await box.bus.hangUp(1);
  await expect.poll(state, PATIENCE).toBe("denied");
  await expect.poll(() => page.locator(".moment").textContent(), PATIENCE).toMatch(/denied for (1[0-9]|[2-9][0-9]) s$/);
  await box.bus.set(port, { registration: "home" });
  await expect.poll(state, PATIENCE).toBe("online");
  const slider = page.getByRole("slider", { name: "moment" });
  // Where it stays: what is above it may yet get another line.
  await slider.hover();
  const track = await slider.boundingBox();
  if (track === null) throw new Error("there is no slider");
  const y = track.y + track.height / 2;
  await page.mouse.move(track.x + track.width - 9, y);
  await page.mouse.down();
  for (let x = track.width - 9; x > 0 && (await state()) !== "denied"; x -= 2) {
    await page.mouse.move(track.x + x, y);
    await drawn(page);
  }
  await page.mouse.up();
  await expect.poll(lit, PATIENCE).toContain("working.connecting.call.registering.denied");
  expect(await page.locator(".story").textContent()).toMatch(/^Down .* denied .* → up again/);
  await page.locator("input[value=at]").check({ force: true });
  await expect.poll(() => page.locator(".entry", { hasText: "+CREG" }).count(), PATIENCE).toBeGreaterThan(0);
  await keepPicture(page, "bus-denied");
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await expect.poll(state, PATIENCE).toBe("online");
});

test("its link is moved into a bundle and back, and the page shows the bundle as long as there is one", async () => {
  const bundle = page.locator(".bundle");
  await box.configure(`bundle: { concentrator: ${SERVER_ADDRESS}, key: ${"k".repeat(43)} }\n`);
  await page.getByRole("button", { name: "Into the bundle" }).click(PATIENCE);
  await expect.poll(() => bundle.locator(".members").textContent(), PATIENCE).toContain(port);
  await page.getByRole("button", { name: "Where the config has it" }).click(PATIENCE);
  await expect.poll(() => bundle.locator(".members").textContent(), PATIENCE).toBe("");
  await box.unconfigure();
  await expect.poll(() => page.getByRole("button", { name: "Into the bundle" }).count(), PATIENCE).toBe(0);
});

test("it is pulled out while somebody looks: the page says that, and never broke its own rules", async () => {
  await box.bus.unplug(port);
  await expect.poll(state, PATIENCE).toBe("empty");
  await expect
    .poll(() => page.locator(".story .why").textContent(), PATIENCE)
    .toBe("It was pulled out, or fell off the bus.");
  await keepPicture(page, "bus-pulled");
  expect(faults).toEqual([]);
});

test("the agent ends: the page says so and keeps what it knows; another one starts, and it goes on", async () => {
  await box.stop();
  await expect.poll(() => page.locator(".problem").textContent(), PATIENCE).toMatch(/agent/);
  expect(await page.locator(".entry").count()).toBeGreaterThan(0);
  await box.start();
  await expect.poll(() => page.locator(".problem").isHidden(), PATIENCE).toBe(true);
});
