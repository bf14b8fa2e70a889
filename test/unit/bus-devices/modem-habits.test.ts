import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Modem } from "../../bus/devices/serial/modem.ts";
import { modemWith } from "./modem-with.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("ailments and habits", () => {
  it.each([
    ["until ATE0", "AT+CMEE=0^|OK|", "|OK|"],
    ["never", "|OK|", "|OK|"],
    ["always", "AT+CMEE=0^|OK|", "AT+CMEE=0^|OK|"],
  ] as const)("echoes %s", (echo, before, after) => {
    const { say } = modemWith({ echo });
    expect(say("AT+CMEE=0")).toBe(before);
    say("ATE0");
    expect(say("AT+CMEE=0")).toBe(after);
  });

  it("starts with its radio off, and searches when it is switched on", () => {
    const { say, modem, host } = modemWith({ functionality: 4 });
    vi.advanceTimersByTime(10_000);
    expect(say("ATE0;+CFUN?")).toContain("+CFUN: 4");
    expect(modem.isRegistered).toBe(false);
    say("AT+CFUN=1");
    vi.advanceTimersByTime(300);
    expect(modem.isRegistered).toBe(true);
    expect(host.treat).toHaveBeenCalledWith("radio");
  });

  it("silent: no byte is answered, not even the echo, until it is healed", () => {
    const { say, modem } = modemWith({ ailment: { shows: "silent", healedBy: "USB reset" } });
    expect(say("AT")).toBe("");
    modem.set({ ailment: null });
    expect(say("AT")).toBe("AT^|OK|");
  });

  it("no carrier: everything works but the call", () => {
    const { say } = modemWith({ ailment: { shows: "no carrier", healedBy: "radio" } });
    vi.advanceTimersByTime(300);
    expect(say("ATE0;+CREG?")).toContain("+CREG: 0,1");
    expect(say("ATD*99#", 300)).toBe("|NO CARRIER|");
  });

  it.each([
    ["its SIM is taken out", (modem: Modem) => modem.set({ sim: "absent" })],
    ["its radio goes off", (modem: Modem) => modem.setFunctionality(4)],
    ["the kernel resets it", (modem: Modem) => modem.loseCall()],
  ])("a call ends when %s", (_, happens) => {
    const { say, take, modem, call, lineStates } = modemWith();
    vi.advanceTimersByTime(300);
    say("ATE0");
    say("ATD*99#", 300);
    take();
    happens(modem);
    expect(take()).toContain("NO CARRIER");
    expect(call.hangUp).toHaveBeenCalledTimes(1);
    expect(lineStates).toEqual([3, 2]);
  });
});

describe("misbehaviour", () => {
  it("silent: no answer to that command, and the next one is answered", () => {
    const { say } = modemWith({ overrides: { "AT+CPIN?": "silent" } });
    say("ATE0");
    expect(say("at+cpin?")).toBe("");
    expect(say("AT")).toBe("|OK|");
  });

  it("vanish: leaves the bus at that command, matched by its beginning", () => {
    const { say, host } = modemWith({ overrides: { "AT+CGDCONT=*": "vanish" } });
    say("AT+CSQ");
    expect(host.vanish).not.toHaveBeenCalled();
    say('AT+CGDCONT=1,"IP","x"');
    expect(host.vanish).toHaveBeenCalledTimes(1);
  });

  it("endless: talks until the next command comes", () => {
    const { say, take } = modemWith({ overrides: { ATI: "endless" } });
    say("ATI", 1000);
    expect(take().length).toBeGreaterThan(20_000);
    say("AT");
    take();
    vi.advanceTimersByTime(1000);
    expect(take()).toBe("");
  });

  it("huge, binary, and any bytes at all", () => {
    const reply = Buffer.from("\r\n+CSQ: \u0000nonsense\r\nOK\r\n").toString("base64");
    const { say } = modemWith({ overrides: { ATI: "huge", "AT+CGMM": "binary", "AT+CSQ": { reply } } });
    say("ATE0");
    expect(say("ATI").length).toBeGreaterThan(1_000_000);
    expect(say("AT+CGMM").length).toBeGreaterThan(4000);
    expect(say("AT+CSQ")).toBe("|+CSQ: \u0000nonsense|OK|");
  });

  it("says a line of its own", () => {
    const { say } = modemWith({ overrides: { ATZ: { says: "ERROR" } } });
    say("ATE0");
    expect(say("ATZ")).toBe("|ERROR|");
  });

  it("can begin while it is plugged in", () => {
    const { say, modem } = modemWith();
    expect(say("ATE0;+CSQ")).toContain("OK");
    modem.set({ overrides: { "AT+CSQ": "silent" } });
    expect(say("AT+CSQ")).toBe("");
  });
});
