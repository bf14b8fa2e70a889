import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import type { ModemParams } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { Row } from "./row.ts";

/** Long, so that it is found nowhere by chance. */
const PIN = "73519264";
const WRONG = "46291537";
const locked = (attempts: number): Partial<ModemParams> => ({ sim: { pin: PIN, attempts } });
const untold = { "AT+CPINR*": { says: "ERROR" }, "AT^CPIN?": { says: "ERROR" } };
const stick = (modem: Partial<ModemParams>) => plainModem({ modem });
/** The command that a PIN is sent by. */
const ENTER = "AT+CPIN=";

let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

const configOf = (pins: Readonly<Record<string, string>>): string =>
  `modems:\n${Object.entries(pins)
    .map(([name, pin]) => `  "${name}": { pin: "${pin}" }\n`)
    .join("")}`;

describe("a SIM that is locked", () => {
  const STICKS = {
    "the PIN is right": stick(locked(3)),
    "the PIN is unknown": stick(locked(3)),
    "two attempts are left": stick(locked(2)),
    "the PIN is wrong": stick(locked(3)),
    "attempts are untold": stick({ ...locked(3), overrides: untold }),
    "the PUK is wanted": stick(locked(0)),
    "it is blocked": stick({ sim: "blocked" }),
    "the modem is locked": stick({ sim: "wrong" }),
  };
  let row: Row<keyof typeof STICKS>;
  let pins: Record<string, string>;

  beforeAll(async () => {
    row = new Row(box, STICKS);
    pins = {
      [row.port("the PIN is right")]: PIN,
      [row.port("two attempts are left")]: PIN,
      [row.port("the PIN is wrong")]: WRONG,
      [row.port("attempts are untold")]: WRONG,
    };
    await box.configure(configOf(pins));
    await box.start();
    await row.plug();
  });

  afterAll(() => row.pull());

  test("PIN needed and in the config: it is sent once, and the stick is online", async () => {
    await row.online("the PIN is right");
    expect(await row.sent("the PIN is right", ENTER)).toBe(1);
  });

  test("PIN needed and nobody knows it: the stick says so and waits, and none is made up", async () => {
    await row.shows("the PIN is unknown", "PIN needed", "SimPinNeeded");
    expect(await row.sent("the PIN is unknown", ENTER)).toBe(0);
  });

  test("PIN needed with 2 attempts left: none is risked, and the reason tells how many are left", async () => {
    const { failure } = await row.shows("two attempts are left", "PIN needed", "SimPinNeeded");
    expect(failure?.message).toContain("2 of 3 attempts");
    expect(await row.sent("two attempts are left", ENTER)).toBe(0);
  });

  test.each([
    ["the PIN is wrong", "2 of 3 attempts"],
    ["attempts are untold", "not tried again"],
  ] as const)("when %s, it costs one attempt, and a retry does not send it again", async (name, why) => {
    const { failure } = await row.shows(name, "PIN needed", "SimPinNeeded");
    expect(failure?.message).toContain("refused");
    await box.bus.act(row.port(name), "retry");
    await row.until(name, "looked at anew", (port) => port.failure?.message.includes(why) === true);
    expect(await row.sent(name, ENTER)).toBe(1);
  });

  test.each([
    ["the PUK is wanted", "PUK needed", "SimPukNeeded"],
    ["it is blocked", "SIM blocked", "SimBlocked"],
    ["the modem is locked", "SIM wrong", "SimWrong"],
  ] as const)("when %s, it is %s, and nothing is tried", async (name, state, kind) => {
    await row.shows(name, state, kind);
    expect(await row.sent(name, ENTER)).toBe(0);
  });

  test("the right PIN, written into the config: tried at once, but not where too few attempts are left", async () => {
    const corrected = ["the PIN is unknown", "the PIN is wrong", "attempts are untold"] as const;
    await box.configure(configOf({ ...pins, ...Object.fromEntries(corrected.map((name) => [row.port(name), PIN])) }));
    await row.online("the PIN is unknown");
    await row.online("attempts are untold");
    await row.shows("the PIN is wrong", "PIN needed", "SimPinNeeded");
    expect(await Promise.all(corrected.map((name) => row.sent(name, ENTER)))).toEqual([1, 1, 2]);
  });

  test("the PINs are in no status, event, journal file or log, and what was tried is for root alone", async () => {
    const url = "http://localhost/v1/events";
    const curl = ["curl", "--silent", "--unix-socket", "/run/wanherd/agent.sock", url];
    const { stdout: events } = await box.guest.exec(curl);
    expect(events).toContain("AT+CPIN=•••");
    const told = [JSON.stringify(await box.status()), events, await box.agent.output()].join("\n");
    for (const pin of [PIN, WRONG]) {
      expect(told).not.toContain(pin);
      const grep = ["grep", "-rl", pin, "/var/lib/wanherd", "/run/wanherd"];
      expect((await box.guest.exec(grep, { mayFail: true })).stdout).toBe("");
    }
    const { stdout: mode } = await box.guest.exec(["stat", "-c", "%a", "/var/lib/wanherd/decisions.json"]);
    expect(mode.trim()).toBe("600");
  });
});

describe("a SIM that comes, goes or takes its time", () => {
  const OWN = "8946071234567899999";
  const STICKS = {
    "absent, told": stick({ sim: "absent", simNews: true }),
    "absent, untold": stick({ sim: "absent" }),
    "slow to start": stick({ simStartMs: 4_000 }),
    "taken out": stick({ simNews: true }),
    "locked at each start": stick(locked(3)),
    "known by its number": stick({ ...locked(3), iccid: OWN }),
  };
  let row: Row<keyof typeof STICKS>;

  beforeAll(async () => {
    row = new Row(box, STICKS);
    await box.configure(configOf({ [row.port("locked at each start")]: PIN, [`iccid:${OWN}`]: PIN }));
    await row.plug();
  });

  afterAll(() => row.pull());

  test.each(["absent, told", "absent, untold"] as const)(
    "no SIM (%s): it says so; put in, the stick is online without a hand at the keyboard",
    async (name) => {
      await row.shows(name, "no SIM", "SimMissing");
      await row.set(name, { sim: "ready" });
      await row.online(name);
    },
  );

  test("a SIM that takes 4 s to start is waited for", async () => {
    const { history } = await row.online("slow to start");
    expect(history.map(({ state }) => state)).not.toContain("no SIM");
    expect(await row.sent("slow to start", "ATD")).toBe(1);
  });

  test("a SIM taken out of a stick that is online: no SIM, and no call is tried; back in, online again", async () => {
    await row.online("taken out");
    await row.set("taken out", { sim: "absent" });
    await row.shows("taken out", "no SIM", "SimMissing", 30_000);
    await row.offline("taken out");
    expect(await row.sent("taken out", "ATD")).toBe(1);
    await row.set("taken out", { sim: "ready" });
    await row.online("taken out");
  });

  test("a stick that restarts by itself has its SIM unlocked again, once", async () => {
    await row.online("locked at each start");
    await box.bus.become(row.port("locked at each start"), "modem");
    await row.offline("locked at each start");
    await row.online("locked at each start");
    expect(await row.sent("locked at each start", ENTER)).toBe(2);
  });

  test("a PIN is found in the config by the SIM's number", async () => {
    await row.online("known by its number");
    expect(await row.sent("known by its number", ENTER)).toBe(1);
  });
});
