import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Modem } from "../../bus/devices/serial/modem.ts";
import type { ModemParams } from "../../bus/devices/serial/modem-params.ts";
import { SerialFunction } from "../../bus/devices/serial/serial-function.ts";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";
import { modemWith } from "./modem-with.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the dialogue", () => {
  it("is framed as V.250 says: echo, then information text and result between CR LF", () => {
    const { say } = modemWith({ manufacturer: "ZTE" });
    expect(say("AT+CGMI")).toBe("AT+CGMI^|ZTE||OK|");
    expect(say("ATE0")).toBe("ATE0^|OK|");
    expect(say("AT+CSQ")).toBe("|+CSQ: 20,99||OK|");
    expect(say("AT+NOSUCH")).toBe("|ERROR|");
    expect(say("ATV0")).toBe("0^");
    expect(say("ATQ1")).toBe("");
    expect(say("garbage")).toBe("");
    expect(say("ATZ")).toBe("|OK|");
  });

  it("runs the thesis's whole sequence and dials", () => {
    const { say, take, modem } = modemWith({ connectSpeed: "3600000" });
    vi.advanceTimersByTime(300);
    say("ATZ");
    say("ATE0");
    expect(say("ATQ0 V1 E0 S0=0 &C1 &D2 +FCLASS=0")).toBe("|OK|");
    expect(say('AT+CGDCONT=1,"IP","data.comviq.se"')).toBe("|OK|");
    expect(modem.contexts.get(1)).toBe("data.comviq.se");
    expect(say("ATD*99#", 299)).toBe("");
    take();
    vi.advanceTimersByTime(1);
    expect(take()).toBe("\r\nCONNECT 3600000\r\n");
  });

  it("registers after its time and says so to whom asked", () => {
    const { say, take, modem } = modemWith({ registrationMs: 500, technology: "UMTS", operator: "Comviq" });
    expect(say("ATE0;+CREG=2;+CREG?")).toContain("+CREG: 2,2|");
    expect(say("AT+COPS?")).toBe("|+COPS: 0||OK|");
    take();
    vi.advanceTimersByTime(500);
    expect(take()).toBe('\r\n+CREG: 1,"02A1","0012BEEF",2\r\n');
    expect(say("AT+COPS?")).toBe('|+COPS: 0,0,"Comviq",2||OK|');
    expect(say("AT+COPS=3,2;+COPS?")).toBe('|+COPS: 0,2,"24007",2||OK|');
    expect(say("AT+CFUN=4")).toContain("+CREG: 0|");
    expect(modem.isRegistered).toBe(false);
  });

  it.each([
    ["denied", "+CREG: 0,3"],
    ["roaming", "+CREG: 0,5"],
    ["none", "+CREG: 0,2"],
  ] as const)("registration can end as %s", (registration, expected) => {
    const { say } = modemWith({ registration });
    vi.advanceTimersByTime(10_000);
    expect(say("AT+CREG?")).toContain(expected);
  });
});

describe("the SIM", () => {
  it("wants its PIN, counts wrong ones, and asks for the PUK in the end", () => {
    const { say } = modemWith({ sim: { pin: "1234", attempts: 2 } });
    say("ATE0;+CMEE=1");
    expect(say("AT+CPIN?")).toBe("|+CPIN: SIM PIN||OK|");
    expect(say("AT+CIMI")).toBe("|+CME ERROR: 11|");
    expect(say('AT+CPIN="0000"')).toBe("|+CME ERROR: 16|");
    expect(say("AT+CPINR")).toBe("|+CPINR: SIM PIN,1,3||OK|");
    expect(say("AT^CPIN?")).toBe("|^CPIN: SIM PIN,1,10,1,10,3||OK|");
    expect(say('AT+CPIN="0000"')).toBe("|+CME ERROR: 16|");
    expect(say("AT+CPIN?")).toBe("|+CPIN: SIM PUK||OK|");
    expect(say('AT+CPIN="1234"')).toBe("|+CME ERROR: 12|");
  });

  it("opens with the right PIN, and only then does the modem register", () => {
    const { say, modem } = modemWith({ sim: { pin: "1234", attempts: 3 }, registrationMs: 100 });
    vi.advanceTimersByTime(1000);
    expect(modem.isRegistered).toBe(false);
    expect(say('ATE0;+CPIN="1234"')).toContain("OK");
    vi.advanceTimersByTime(100);
    expect(modem.isRegistered).toBe(true);
    expect(say("AT+CIMI")).toBe("|240071234567890||OK|");
  });

  it("keeps its used-up attempts when its modem starts anew, and is locked again", () => {
    const { say, modem, network, host } = modemWith({ sim: { pin: "1234", attempts: 3 } });
    say('ATE0;+CPIN="0000"');
    say('AT+CPIN="1234"');
    expect(modem.sim.status).toBe("READY");
    say("AT+CFUN=1,1");
    expect(host.treat).not.toHaveBeenCalled();
    const restarted = new Modem(modem.params, network, host, modem.sim);
    expect(restarted.sim.status).toBe("SIM PIN");
    restarted.enterPin("0000");
    expect(new Modem(modem.params, network, host, modem.sim).sim.attempts).toBe(2);
  });

  it("is busy until it has started, and only then does the modem register", () => {
    const { say, modem } = modemWith({ simStartMs: 2_000, registrationMs: 100 });
    vi.advanceTimersByTime(1_900);
    expect(say("ATE0;+CMEE=1;+CPIN?")).toContain("+CME ERROR: 14");
    vi.advanceTimersByTime(300);
    expect(say("AT+CPIN?")).toContain("READY");
    expect(modem.isRegistered).toBe(true);
  });

  it.each([
    ["blocked", "+CME ERROR: 262"],
    ["wrong", "+CPIN: PH-NET PIN"],
  ] as const)("may be %s: %s", (sim, expected) => {
    const { say } = modemWith({ sim });
    expect(say("ATE0;+CMEE=1;+CPIN?")).toContain(expected);
    expect(say("AT+CIMI")).toContain("+CME ERROR");
  });

  it("tells its number while it is locked, unless there is none", () => {
    const { say, modem } = modemWith({ sim: { pin: "1234", attempts: 3 }, iccid: "8946079999999999999" });
    expect(say("ATE0;+CCID")).toBe("ATE0;+CCID^|+CCID: 8946079999999999999||OK|");
    modem.set({ sim: "absent" });
    expect(say("AT+CCID")).toBe("|ERROR|");
  });

  it("says unasked that it was taken out or put in, where the modem does so", () => {
    const { modem, take } = modemWith({ simNews: true });
    modem.set({ sim: "absent" });
    expect(take()).toBe("\r\n+CPIN: NOT INSERTED\r\n");
    modem.set({ sim: "ready" });
    expect(take()).toBe("\r\n+CPIN: READY\r\n");
  });

  it("may be absent, in number, text or bare ERROR as asked", () => {
    const { say } = modemWith({ sim: "absent" });
    expect(say("ATE0;+CPIN?")).toContain("|ERROR|");
    expect(say("AT+CMEE=2;+CPIN?")).toBe("|+CME ERROR: SIM not inserted|");
  });
});

describe("a call", () => {
  function online(params: Partial<ModemParams> = {}) {
    const modem = modemWith(params);
    vi.advanceTimersByTime(300);
    modem.say("ATE0");
    expect(modem.say("ATD*99***1#", 300)).toMatch(/^\|CONNECT/);
    modem.take();
    return modem;
  }

  it("carries bytes both ways and raises the carrier line", () => {
    const { port, call, events, take, lineStates } = online();
    void port.out(Buffer.from("AT not a command"));
    expect(String(call.write.mock.calls[0]?.[0])).toBe("AT not a command");
    events().data(Buffer.from("~pong~"));
    expect(take()).toBe("~pong~");
    expect(lineStates).toEqual([3]);
  });

  it("ends with NO CARRIER when the network hangs up, and stray PPP frames stay unanswered", () => {
    const { port, events, take, lineStates } = online();
    events().ended();
    expect(take()).toBe("\r\nNO CARRIER\r\n");
    expect(lineStates).toEqual([3, 2]);
    void port.out(Buffer.from("~\u00ff}#\u00c0!AT\r~", "latin1"));
    expect(take()).toBe("");
  });

  it("ends when DTR drops, unless &D0 says otherwise", () => {
    const dropDtr = { requestType: 0x21, request: 0x22, value: 0, index: 3, length: 0 };
    const { port, call, say } = online();
    port.control(dropDtr);
    expect(call.hangUp).toHaveBeenCalledTimes(1);
    expect(say("AT")).toBe("|OK|");

    const stubborn = modemWith();
    vi.advanceTimersByTime(300);
    stubborn.say("AT&D0");
    stubborn.say("ATD*99#", 300);
    stubborn.port.control(dropDtr);
    expect(stubborn.call.hangUp).not.toHaveBeenCalled();
  });

  it("leaves data state by +++ between two silences, and returns by ATO", () => {
    const { port, say, take, call } = online();
    vi.advanceTimersByTime(1500);
    void port.out(Buffer.from("+++"));
    vi.advanceTimersByTime(1000);
    expect(take()).toBe("\r\nOK\r\n");
    expect(say("AT+CSQ")).toContain("+CSQ: 20");
    expect(say("ATO")).toMatch(/CONNECT/);
    void port.out(Buffer.from("data again"));
    expect(String(call.write.mock.calls.at(-1)?.[0])).toBe("data again");
  });

  it("asks the network for patience when nobody reads", () => {
    const { modem, network } = modemWith();
    const held = new InEndpoint(() => {});
    const port = new SerialFunction({ bulkIn: held, interruptIn: held }, modem, {
      dials: true,
      announces: false,
      number: 0,
    });
    vi.advanceTimersByTime(300);
    const call = vi.spyOn(network, "call");
    void port.out(Buffer.from("ATD*99#\r"));
    vi.advanceTimersByTime(300);
    const made = call.mock.results[0]?.value as { setPaused: ReturnType<typeof vi.fn> };
    call.mock.calls[0]?.[1].data(Buffer.alloc(100_000));
    expect(made.setPaused).toHaveBeenLastCalledWith(true);
  });

  it.each([
    ["the network refuses", { refuseDial: "BUSY" }, "|BUSY|"],
    ["the APN is unknown", { apns: ["internet"] }, "|NO CARRIER|"],
    ["it is not registered", { registration: "none" }, "|NO CARRIER|"],
  ] as const)("does not come about when %s", (_name, params, expected) => {
    const { say } = modemWith(params);
    vi.advanceTimersByTime(300);
    say("ATE0");
    expect(say("ATD*99#", 300)).toBe(expected);
  });
});
