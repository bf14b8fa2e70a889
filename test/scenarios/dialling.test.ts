import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import type { ModemParams } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { Row } from "./row.ts";

const stick = (modem: Partial<ModemParams>) => plainModem({ modem });
const ERROR = { says: "ERROR" };

let box: Box;

beforeAll(async () => {
  box = await Box.install(await connectGuest(), [1, 2, 3, 4, 5, 6, 7, 8]);
  await box.unconfigure();
  await box.start();
});

afterAll(async () => {
  await box.bus.unplugAll();
  await box.stop();
  await box.unconfigure();
});

describe("commands and their answers", () => {
  const STICKS = {
    "answers ERROR to ATZ": stick({ overrides: { ATZ: ERROR, "ATQ0 *": ERROR } }),
    "never echoes": stick({ echo: "never" }),
    "always echoes": stick({ echo: "always" }),
    "says CONNECT alone": stick({ connectSpeed: "" }),
    "says CONNECT with both rates": stick({ connectSpeed: "21600000/5760000" }),
    "answers NO CARRIER": stick({ refuseDial: "NO CARRIER" }),
    "answers BUSY": stick({ refuseDial: "BUSY" }),
    "answers ERROR": stick({ refuseDial: "ERROR" }),
  };
  let row: Row<keyof typeof STICKS>;

  beforeAll(async () => {
    row = new Row(box, STICKS);
    await row.plug();
  });

  afterAll(() => row.pull());

  test.each([
    ["answers NO CARRIER", "NoCarrier"],
    ["answers BUSY", "Busy"],
    ["answers ERROR", "DialRefused"],
  ] as const)("a modem that %s to ATD says %s, and is dialled until the call is taken", async (name, kind) => {
    await row.failed(name, kind);
    await row.set(name, { refuseDial: null });
    await row.online(name);
    expect(await row.sent(name, "ATD")).toBeGreaterThan(1);
  });

  test.each([
    "answers ERROR to ATZ",
    "never echoes",
    "always echoes",
    "says CONNECT alone",
    "says CONNECT with both rates",
  ] as const)("a modem that %s goes online by its first call", async (name) => {
    await row.online(name);
    expect(await row.sent(name, "ATD")).toBe(1);
  });
});

describe("what comes after CONNECT", () => {
  const account = { user: "bus-17", password: "let me in" } as const;
  const STICKS = {
    "CHAP with another password": stick({ authentication: { protocol: "chap", ...account } }),
    "PAP with the right one": stick({ authentication: { protocol: "pap", ...account } }),
    "LCP that loops": stick({ ppp: "looped" }),
    "IPCP that never ends": stick({ ppp: "no IPCP" }),
    "a carrier that dies silently": stick({}),
    "a carrier that hangs up": stick({}),
    "a network that knows one APN": stick({ apns: ["data.comviq.se"] }),
  };
  let row: Row<keyof typeof STICKS>;

  const configure = (password: string): Promise<void> =>
    box.configure(
      `modems:\n${[
        [row.port("CHAP with another password"), password],
        [row.port("PAP with the right one"), account.password],
      ]
        .map(([port, word]) => `  "${port}": { username: "${account.user}", password: "${word}" }\n`)
        .join("")}`,
    );

  beforeAll(async () => {
    row = new Row(box, STICKS);
    await configure("not this");
    await row.plug();
  });

  afterAll(() => row.pull());

  test("PPP authentication refused is told by that name; with the right password in the config it goes online", async () => {
    await row.failed("CHAP with another password", "AuthenticationRefused");
    await configure(account.password);
    await row.online("CHAP with another password");
  });

  test.each([
    ["LCP that loops", "LinkLooped"],
    ["IPCP that never ends", "NegotiationFailed"],
  ] as const)("%s is %s, and a call that is good then", async (name, kind) => {
    await row.failed(name, kind);
    await row.set(name, { ppp: "whole" });
    await row.retried(name);
  });

  test("a carrier that dies silently, without a NO CARRIER: its link leaves the pool and is dialled anew", async () => {
    const name = "a carrier that dies silently";
    await row.online(name);
    await box.bus.blackhole(row.carrier(name), "bytes");
    await row.offline(name, 60_000);
    await box.bus.blackhole(row.carrier(name), "off");
    await row.online(name);
    expect(await row.sent(name, "ATD")).toBeGreaterThan(1);
  });

  test("a carrier that hangs up is dialled again by itself", async () => {
    const name = "a carrier that hangs up";
    await row.online(name);
    await box.bus.hangUp(row.carrier(name));
    await row.offline(name);
    await row.online(name);
    expect(await row.sent(name, "ATD")).toBe(2);
  });

  test("PAP with user and password of the config goes online by the first call", async () => {
    await row.online("PAP with the right one");
    expect(await row.sent("PAP with the right one", "ATD")).toBe(1);
  });

  test("a network that refuses an APN is offered the operator's next one, until it takes one", async () => {
    const { modem } = await row.online("a network that knows one APN");
    expect(modem?.apn).toBe("data.comviq.se");
  });
});
