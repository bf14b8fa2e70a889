import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import type { Model } from "../bus/devices/models/models.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import type { ModemParams, Override } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { Row } from "./row.ts";

/** A good stick that must notice nothing of all that its neighbours do has port and carrier 1. */
const FIRST_BAD = 2;
const stick = (modem: Partial<ModemParams>) => plainModem({ modem });
const answering = (override: Override) => stick({ overrides: { "AT+CPIN?": override } });
const called = (text: string) => plainModem({ strings: { manufacturer: text, product: text, serial: text } });

let box: Box;
/** The port's log goes on from one scenario file to the next. */
let goodSinceMs: number;
let good: string;
let bad: string;

beforeAll(async () => {
  box = await Box.install(
    await connectGuest(),
    Array.from({ length: 10 }, (_, i) => i + 1),
  );
  [good, bad] = [box.bus.port(1), box.bus.port(FIRST_BAD)];
  await box.start();
  ({ atMs: goodSinceMs } = await box.bus.plug(good, plainModem()));
  await box.untilPool([good]);
});

afterAll(async () => {
  // The good one was dialled once, and never hung up.
  const dials = (await box.bus.log(good, goodSinceMs)).filter((entry) => JSON.stringify(entry).includes("ATD"));
  await box.bus.unplugAll();
  await box.stop();
  expect(dials).toHaveLength(1);
});

async function expectGoodAlone(): Promise<void> {
  expect((await box.status()).uplinks.map(({ port }) => port)).toEqual([good]);
}

describe("side by side", () => {
  const NAMED = {
    "newlines, quotes and a command": called('x"; touch /tmp/owned; echo "\n$(touch /tmp/owned)`touch /tmp/owned`'),
    "control bytes and escape sequences": called("\u001b[2J\u0007\u0000\u0008\u009b31mred\u202e"),
    "126 UTF-16 units": called("Ω".repeat(126)),
  };
  const FAILING = {
    "no SIM": stick({ sim: "absent" }),
    "a SIM that wants a PIN nobody gave": stick({ sim: { pin: "1234", attempts: 3 } }),
    "a network that refuses it": stick({ registration: "denied" }),
    "a busy network": stick({ refuseDial: "BUSY" }),
    "a network that hangs up": stick({ refuseDial: "NO CARRIER" }),
    "a carrier that wants another password": stick({
      authentication: { protocol: "chap", user: "somebody", password: "else" },
    }),
  };
  let row: Row<keyof typeof NAMED | keyof typeof FAILING>;

  beforeAll(async () => {
    row = new Row(box, { ...NAMED, ...FAILING }, FIRST_BAD);
    await row.plug();
  });

  afterAll(async () => {
    await row.pull();
    await expectGoodAlone();
  });

  test.each(Object.keys(NAMED) as (keyof typeof NAMED)[])(
    "a device whose strings are %s goes online as any other, and they run and garble nothing",
    async (name) => {
      const seen = await row.online(name);
      expect(seen.name).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect((await box.guest.exec(["ls", "/tmp/owned"], { mayFail: true })).exitCode).not.toBe(0);
    },
  );

  test.each<[keyof typeof FAILING, string]>([
    ["no SIM", "SimMissing"],
    ["a SIM that wants a PIN nobody gave", "SimPinNeeded"],
    ["a network that refuses it", "RegistrationDenied"],
    ["a busy network", "Busy"],
    ["a network that hangs up", "NoCarrier"],
    ["a carrier that wants another password", "AuthenticationRefused"],
  ])("a stick with %s says so by name, with advice", async (name, kind) => {
    await row.failed(name, kind);
  });

  test("a network that refuses and then takes the call is dialled until it does", async () => {
    await row.set("a network that hangs up", { refuseDial: null });
    await row.online("a network that hangs up");
  });

  test("a link that the carrier hangs up is dialled again by itself", async () => {
    const name = "126 UTF-16 units";
    await row.online(name);
    await box.bus.hangUp(row.carrier(name));
    await row.offline(name);
    await row.online(name);
  });
});

describe("answers that are none", () => {
  const ANSWERING = {
    "says nothing": answering("silent"),
    "never ends": answering("endless"),
    "is 1 MB long": answering("huge"),
    "is binary": answering("binary"),
  };
  let row: Row<keyof typeof ANSWERING>;

  beforeAll(async () => {
    row = new Row(box, ANSWERING, FIRST_BAD);
    await row.plug();
  });

  afterAll(async () => {
    await row.pull();
    await expectGoodAlone();
  });

  test.each(Object.keys(ANSWERING) as (keyof typeof ANSWERING)[])(
    "an answer to AT+CPIN? that %s is a failure of that port by name, or is got over",
    async (name) => {
      const seen = await row.until(
        name,
        "online, or has failed by name",
        ({ state, failure }) => state === "online" || failure !== undefined,
      );
      if (seen.state !== "online") expect(seen.failure?.kind).toMatch(/^(Port|Sim)[A-Z]/);
    },
  );
});

describe("modems that vanish in the middle of a dialogue", () => {
  const COMMANDS = [
    "AT",
    "ATZ",
    "AT+CGSN",
    "AT+CPIN?",
    "AT+CIMI",
    "AT+CREG=2",
    "AT+CREG?",
    "AT+CGDCONT=*",
    "ATD*99***1#",
  ] as const;
  type Command = (typeof COMMANDS)[number];
  let row: Row<Command>;
  const gone = new Set<string>();
  let forget: () => void;

  beforeAll(async () => {
    forget = box.bus.onGone(({ port }) => gone.add(port));
    const sticks = COMMANDS.map((command) => [command, stick({ overrides: { [command]: "vanish" } })]);
    row = new Row(box, Object.fromEntries(sticks) as Record<Command, Model>, FIRST_BAD);
    await row.plug();
  });

  afterAll(async () => {
    forget();
    await row.pull();
  });

  test.each(COMMANDS)("a modem vanishes at %s", async (command) => {
    await expect.poll(() => gone.has(row.port(command)), { timeout: 60_000, interval: 200 }).toBe(true);
    await box.untilState(row.port(command), "empty");
  });

  test("and leaves an empty port and nothing else", async () => {
    await row.empty();
    await expectGoodAlone();
  });
});

describe("pulled out at a bad moment", () => {
  const STICKS = {
    "a ZTE in mid-switch": zteMf102({ reenumerateMs: 3_000 }),
    "a Huawei in mid-switch": huaweiE367({ reenumerateMs: 3_000 }),
    "a modem while it registers": stick({ registrationMs: 30_000 }),
  };
  type Name = keyof typeof STICKS;
  let row: Row<Name>;

  beforeAll(() => {
    row = new Row(box, STICKS, FIRST_BAD);
  });

  afterAll(() => row.pull());

  test.each<[Name, number]>([
    ["a ZTE in mid-switch", 1_200],
    ["a Huawei in mid-switch", 1_200],
    ["a modem while it registers", 4_000],
  ])("%s that is pulled out leaves nothing, and the next stick there goes online", async (name, afterMs) => {
    await box.bus.plug(row.port(name), STICKS[name]);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await box.bus.unplug(row.port(name));
    await box.bus.plug(row.port(name), plainModem({ variant: "acm" }));
    await row.online(name);
  });
});

test("a modem pulled in mid-transfer takes only its own downloads with it", async () => {
  await box.bus.plug(bad, plainModem());
  await box.untilPool([good, bad]);
  await box.bus.yankAfter(bad, 150_000);
  const { downloads } = await box.bus.download({ connections: 8, bytes: 300_000, patienceMs: 20_000 });
  const others = downloads.filter(({ via }) => via === "10.64.1.2");
  expect(others.length).toBeGreaterThan(0);
  expect(others.every(({ complete }) => complete)).toBe(true);
  await box.untilPool([good]);
});
