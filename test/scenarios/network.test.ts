import { afterAll, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import type { ModemParams } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { Row } from "./row.ts";

const stick = (modem: Partial<ModemParams>) => plainModem({ modem });
const ERROR = { says: "ERROR" };

const STICKS = {
  denied: stick({ registration: "denied" }),
  wavering: stick({ registration: "none" }),
  "wavering in a call": stick({}),
  abroad: stick({ registration: "roaming" }),
  slow: stick({ registrationMs: 10_000 }),
  "not telling": stick({
    registrationMs: 6_000,
    overrides: { "AT+CREG=*": ERROR, "AT+CGREG=*": ERROR, "AT+CEREG=*": ERROR },
  }),
  "without packet domains": stick({ overrides: { "AT+CGREG*": ERROR, "AT+CEREG*": ERROR } }),
  "in flight mode": stick({ functionality: 4 }),
};

let box: Box;
let row: Row<keyof typeof STICKS>;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3, 4, 5, 6, 7, 8]);
  await box.unconfigure();
  await box.start();
  row = new Row(box, STICKS);
  await row.plug();
});

afterAll(async () => {
  await row.pull().finally(() => box.stop());
  await box.unconfigure();
});

/** The network is lost and found again so many times, faster than it is looked at. */
async function waver(name: keyof typeof STICKS, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await row.set(name, { registration: "none" });
    await row.set(name, { registration: "home", registrationMs: 150 });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test("denied, then allowed: no call is tried while the network says no, and one as soon as it says yes", async () => {
  const { modem } = await row.shows("denied", "denied", "RegistrationDenied");
  expect(modem?.registration).toBe("denied");
  expect(await row.sent("denied", "ATD")).toBe(0);
  const { stdout } = await box.guest.exec(["node", "/wanherd/dist/wanherd.js", "explain", row.port("denied")]);
  expect(stdout.replace(/\s+/g, " ")).toContain("that this SIM is active, paid for");
  await row.set("denied", { registration: "home" });
  await row.online("denied", 30_000);
  expect(await row.sent("denied", "ATD")).toBe(1);
});

test("a CREG that flips before the call ends in one link", async () => {
  await row.until("wavering", "registering", ({ state }) => state === "registering");
  expect(await row.sent("wavering", "ATD")).toBe(0);
  await waver("wavering", 6);
  await row.online("wavering");
  expect((await box.status()).uplinks.filter(({ port }) => port === row.port("wavering"))).toHaveLength(1);
});

test("a CREG that flips during the call costs nothing: the link stays as it is", async () => {
  const { since } = await row.online("wavering in a call");
  await waver("wavering in a call", 6);
  expect((await row.online("wavering in a call")).since).toBe(since);
  expect(await row.sent("wavering in a call", "ATD")).toBe(1);
});

test("only a foreign network: it waits and says so; allowed in the config, it goes online at once", async () => {
  await row.shows("abroad", "abroad", "RoamingForbidden");
  expect(await row.sent("abroad", "ATD")).toBe(0);
  await box.configure(`modems:\n  "${row.port("abroad")}": { roaming: true }\n`);
  await row.online("abroad", 30_000);
});

test("a network that takes 10 s to be found is waited for without a failure", async () => {
  const { history } = await row.online("slow");
  expect(history.map(({ state }) => state)).toContain("registering");
  expect(await row.sent("slow", "ATD")).toBe(1);
});

test("a modem that tells nothing unasked is asked, and is online when its network is there", async () => {
  await row.online("not telling");
  expect(await row.sent("not telling", "AT+CREG?")).toBeGreaterThan(1);
});

test("a modem that knows +CREG only is online by that", async () => {
  await row.online("without packet domains");
});

test("a modem that was left in flight mode gets its radio switched on", async () => {
  await row.online("in flight mode");
  expect(await row.sent("in flight mode", "AT+CFUN=1")).toBe(1);
});
