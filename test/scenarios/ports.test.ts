import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Box } from "../bus/box.ts";
import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";
import type { ModemParams } from "../bus/devices/serial/modem-params.ts";
import { connectGuest } from "../bus/guest/connect.ts";
import { bindInterface, bindNewInterfaces, untilInterface } from "./late-interfaces.ts";
import { Row } from "./row.ts";

const stick = (modem: Partial<ModemParams>) => plainModem({ modem });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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

describe("ports that are not where or when they were expected", () => {
  const HELD = { "a late AT port": stick({}), "ports in reverse order": stick({}) };
  const STICKS = {
    "other interface numbers": huaweiE367({ shuffled: [5, 0, 2, 3] }),
    "a model that no rule knows": plainModem({ variant: "unknown" }),
    "a restart in mid-dial": stick({ dialMs: 30_000 }),
    "a stick that falls back to storage": zteMf102(),
    "a number taken by another, one": stick({}),
    "a number taken by another, two": stick({}),
  };
  let held: Row<keyof typeof HELD>;
  let row: Row<keyof typeof STICKS>;

  beforeAll(async () => {
    held = new Row(box, HELD);
    row = new Row(box, STICKS, 3);
    const [one, two] = [row.port("a number taken by another, one"), row.port("a number taken by another, two")];
    await box.configure(`modems:\n  "${one}": { apn: one.example }\n  "${two}": { apn: two.example }\n`);
    await bindNewInterfaces(box, false);
    await held.plug();
    await untilInterface(box, held.port("a late AT port"), 3);
    await untilInterface(box, held.port("ports in reverse order"), 3);
    await bindNewInterfaces(box, true);
    await row.plug();
  });

  afterAll(async () => {
    await held.pull().catch(() => {});
    await row.pull();
  });

  test("a stick that re-enumerates in mid-dial is dialled when it is back", async () => {
    const name = "a restart in mid-dial";
    await expect.poll(() => row.sent(name, "ATD"), { timeout: 60_000, interval: 500 }).toBe(1);
    await row.set(name, { dialMs: 300 });
    await box.bus.become(row.port(name), "modem");
    const { history } = await row.online(name);
    expect(history.filter(({ state }) => state === "online")).toHaveLength(1);
    expect(await row.sent(name, "ATD")).toBe(2);
  });

  test("an AT port whose driver binds 3 s after the others' is waited for, and no other taken for it", async () => {
    const port = held.port("a late AT port");
    for (const number of [0, 1, 3]) await bindInterface(box, port, number);
    await pause(3_000);
    expect((await held.commands("a late AT port")).length).toBe(0);
    await bindInterface(box, port, 2);
    await held.online("a late AT port");
    expect(await held.sent("a late AT port", "ATD")).toBe(1);
  });

  test("ports that appear in another order than their interfaces go online as ever", async () => {
    const port = held.port("ports in reverse order");
    for (const number of [3, 2, 1, 0]) await bindInterface(box, port, number);
    await held.online("ports in reverse order");
    expect(await held.sent("ports in reverse order", "ATD")).toBe(1);
  });

  test("ports with other interface numbers are told by their descriptors", async () => {
    await row.online("other interface numbers");
    expect(await row.sent("other interface numbers", "ATD")).toBe(1);
  });

  test("of a model that no rule knows, the port that can be dialled on is found, though it comes first", async () => {
    await row.online("a model that no rule knows", 120_000);
  });

  test("a modem that falls back to storage is switched again and back online", async () => {
    const name = "a stick that falls back to storage";
    await row.online(name);
    await box.bus.become(row.port(name), "storage");
    await row.offline(name);
    const { usbId } = await row.online(name);
    expect(usbId).toBe("19d2:0031");
  });

  test("two sticks that come back with each other's tty numbers keep each its own APN", async () => {
    const [one, two] = ["a number taken by another, one", "a number taken by another, two"] as const;
    const ttys = async (): Promise<string[]> => {
      const links = [one, two].map((name) => `/dev/wanherd/${row.port(name)}/if02`);
      return (await box.guest.exec(["readlink", "-f", ...links])).stdout.trim().split("\n");
    };
    await row.online(one);
    await row.online(two);
    const before = await ttys();
    for (const name of [one, two]) await box.bus.unplug(row.port(name));
    for (const name of [one, two]) await row.offline(name);
    // The kernel gives the lowest number that is free: whose was higher comes first.
    const numberOf = (tty = ""): number => Number(/\d+$/.exec(tty)?.[0]);
    const isInOrder = numberOf(before[0]) < numberOf(before[1]);
    for (const name of isInOrder ? [two, one] : [one, two]) {
      await box.bus.plug(row.port(name), STICKS[name]);
      await row.until(name, "there again", ({ state }) => state !== "empty");
    }
    await row.online(one);
    await row.online(two);
    expect(await ttys()).toEqual(before.reverse());
    for (const [name, apn] of [
      [one, "one.example"],
      [two, "two.example"],
    ] as const) {
      const contexts = (await row.commands(name)).filter((command) => command.startsWith("AT+CGDCONT="));
      expect(contexts.length).toBeGreaterThanOrEqual(2);
      expect(new Set(contexts)).toEqual(new Set([`AT+CGDCONT=1,"IP","${apn}"`]));
    }
  });
});

describe("modems that a step of recovery brings to their senses, one at a time", () => {
  const STICKS = {
    "an AT port that is stuck": stick({ ailment: { shows: "silent", healedBy: "USB reset" } }),
    "no call until the radio was off": stick({ ailment: { shows: "no carrier", healedBy: "radio" } }),
    "no call until a restart": stick({ ailment: { shows: "no carrier", healedBy: "reset" } }),
    "no answer to ATD": stick({ overrides: { "ATD*": "silent" } }),
  };
  let row: Row<keyof typeof STICKS>;

  beforeAll(async () => {
    row = new Row(box, STICKS);
    await row.plug();
  });

  afterAll(() => row.pull());

  test("a stuck AT port, where no byte is ever answered, is PortSilent by name", async () => {
    const message = await row.failed("an AT port that is stuck", "PortSilent");
    expect(message).toContain("did not answer AT");
    expect(await row.commands("an AT port that is stuck")).toEqual([]);
  });

  test("no answer to ATD is DialTimeout, and it is dialled until there is one", async () => {
    await row.failed("no answer to ATD", "DialTimeout", 120_000);
    await row.set("no answer to ATD", { overrides: {} });
    await row.online("no answer to ATD");
  });

  test("a stuck AT port is healed by a USB reset, which nobody had to ask for, and nothing harsher", async () => {
    const name = "an AT port that is stuck";
    const { history, recovery } = await row.online(name, 120_000);
    expect(history.map(({ state }) => state)).toContain("recovering");
    const log = await box.bus.log(row.port(name));
    expect(log.map(({ kind, text }) => `${kind} ${text}`)).toContain("usb reset");
    // Where the guest stalls, the kernel sets the device up twice, or the answer after the first reset comes too late.
    const { usbReset = 0, ...others } = recovery?.taken ?? {};
    expect(usbReset).toBeGreaterThanOrEqual(1);
    expect(others).toEqual({ radio: 0, reset: 0, powerCycle: 0 });
  });

  test("a modem that gets no call until its radio was off and on: that, and nothing harsher", async () => {
    const name = "no call until the radio was off";
    await row.online(name, 120_000);
    expect((await row.commands(name)).filter((command) => command.startsWith("AT+CFUN="))).toEqual([
      "AT+CFUN=4",
      "AT+CFUN=1",
    ]);
  });

  test("a modem that gets no call until it was restarted: its radio first, then AT+CFUN=1,1", async () => {
    const name = "no call until a restart";
    await row.online(name, 120_000);
    expect((await row.commands(name)).filter((command) => command.startsWith("AT+CFUN="))).toEqual([
      "AT+CFUN=4",
      "AT+CFUN=1",
      "AT+CFUN=1,1",
    ]);
  });
});
