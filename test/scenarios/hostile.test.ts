import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import type { ModemParams, Override } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";

let box: Box;
/** The port's log goes on from one scenario file to the next. */
let goodSinceMs: number;
/** A good stick that must notice nothing of all that its neighbour does. */
let good: string;
let bad: string;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2]);
  [good, bad] = [box.bus.port(1), box.bus.port(2)];
  await box.start();
  ({ atMs: goodSinceMs } = await box.bus.plug(good, plainModem()));
  await box.untilPool([good]);
});

afterEach(async () => {
  await box.bus.unplug(bad);
  await box.untilState(bad, "empty", 60_000);
  const { uplinks } = await box.status();
  expect(uplinks.map(({ port }) => port)).toEqual([good]);
});

afterAll(async () => {
  // The good one was dialled once, and never hung up.
  const dials = (await box.bus.log(good, goodSinceMs)).filter((entry) => JSON.stringify(entry).includes("ATD"));
  await box.bus.unplugAll();
  await box.stop();
  expect(dials).toHaveLength(1);
});

const plugBad = (modem: Partial<ModemParams>): Promise<unknown> => box.bus.plug(bad, plainModem({ modem }));

test.each([
  ["newlines, quotes and a command", 'x"; touch /tmp/owned; echo "\n$(touch /tmp/owned)`touch /tmp/owned`'],
  ["control bytes and escape sequences", "\u001b[2J\u0007\u0000\u0008\u009b31mred\u202e"],
  ["126 UTF-16 units", "Ω".repeat(126)],
])("a device whose strings are %s goes online as any other, and they run and garble nothing", async (_, text) => {
  await box.bus.plug(bad, plainModem({ strings: { manufacturer: text, product: text, serial: text } }));
  await box.untilPool([good, bad]);
  const seen = await box.port(bad);
  expect(seen?.name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect((await box.guest.exec(["ls", "/tmp/owned"], { mayFail: true })).exitCode).not.toBe(0);
});

test.each<[Override, string]>([
  ["silent", "says nothing"],
  ["endless", "never ends"],
  ["huge", "is 1 MB long"],
  ["binary", "is binary"],
])("an answer to AT+CPIN? that %s (%s) is a failure of that port by name, or is got over", async (override) => {
  await plugBad({ overrides: { "AT+CPIN?": override } });
  const { ports } = await box.until(
    "it is online or has failed by name",
    (status) => {
      const port = status.ports.find((each) => each.port === bad);
      return port?.state === "online" || port?.failure !== undefined;
    },
    90_000,
  );
  const seen = ports.find(({ port }) => port === bad);
  if (seen?.state !== "online") expect(seen?.failure?.kind).toMatch(/^(Port|Sim)[A-Z]/);
});

test.each<[string, Partial<ModemParams>, string]>([
  ["no SIM", { sim: "absent" }, "SimMissing"],
  ["a SIM that wants a PIN nobody gave", { sim: { pin: "1234", attempts: 3 } }, "SimPinNeeded"],
  ["a network that refuses it", { registration: "denied" }, "RegistrationDenied"],
  ["a busy network", { refuseDial: "BUSY" }, "Busy"],
  ["a network that hangs up", { refuseDial: "NO CARRIER" }, "NoCarrier"],
  [
    "a carrier that wants another password",
    {
      authentication: { protocol: "chap", user: "somebody", password: "else" },
    },
    "AuthenticationRefused",
  ],
])("a stick with %s says so by name, with advice", async (_, modem, kind) => {
  await plugBad(modem);
  const { ports } = await box.until(
    `${bad} has failed as ${kind}`,
    (status) => status.ports.find((each) => each.port === bad)?.failure?.kind === kind,
    90_000,
  );
  expect(ports.find(({ port }) => port === bad)?.failure?.advice).toMatch(/\w/);
});

test("a network that refuses and then takes the call is dialled until it does", async () => {
  await plugBad({ refuseDial: "NO CARRIER" });
  await box.until(
    "a call was refused",
    (status) => status.ports.find((each) => each.port === bad)?.failure?.kind === "NoCarrier",
  );
  await box.bus.set(bad, { refuseDial: null });
  await box.untilPool([good, bad]);
});

test("a link that the carrier hangs up is dialled again by itself", async () => {
  await plugBad({});
  await box.untilPool([good, bad]);
  await box.bus.hangUp(2);
  await box.untilPool([good]);
  await box.untilPool([good, bad]);
});

test.each(["AT", "ATZ", "AT+CGSN", "AT+CPIN?", "AT+CIMI", "AT+CREG=2", "AT+CREG?", "AT+CGDCONT=*", "ATD*99***1#"])(
  "a modem that vanishes at %s leaves an empty port and nothing else",
  async (command) => {
    const gone = new Promise<void>((resolve) => {
      const forget = box.bus.onGone(({ port }) => {
        if (port !== bad) return;
        forget();
        resolve();
      });
    });
    await plugBad({ overrides: { [command]: "vanish" } });
    await gone;
    await box.untilState(bad, "empty");
    expect(await box.leftovers(bad)).toBe("");
  },
);

test.each([
  ["a ZTE in mid-switch", () => zteMf102({ reenumerateMs: 3_000 }), 1_200],
  ["a Huawei in mid-switch", () => huaweiE367({ reenumerateMs: 3_000 }), 1_200],
  ["a modem while it registers", () => plainModem({ modem: { registrationMs: 30_000 } }), 4_000],
])("%s that is pulled out leaves nothing, and the next stick there goes online", async (_, model, afterMs) => {
  await box.bus.plug(bad, model());
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await box.bus.unplug(bad);
  await box.bus.plug(bad, plainModem({ variant: "acm" }));
  await box.untilPool([good, bad], 90_000);
});

test("a modem pulled in mid-transfer takes only its own downloads with it", async () => {
  await plugBad({});
  await box.untilPool([good, bad]);
  await box.bus.yankAfter(bad, 150_000);
  const { downloads } = await box.bus.download({ connections: 8, bytes: 300_000, patienceMs: 20_000 });
  const others = downloads.filter(({ via }) => via === "10.64.1.2");
  expect(others.length).toBeGreaterThan(0);
  expect(others.every(({ complete }) => complete)).toBe(true);
  await box.untilPool([good]);
});
