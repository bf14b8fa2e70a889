import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CallEvents, Modem } from "../../bus/devices/serial/modem.ts";
import type { ModemParams } from "../../bus/devices/serial/modem-params.ts";
import { SerialFunction } from "../../bus/devices/serial/serial-function.ts";
import { InEndpoint } from "../../bus/usbip/in-endpoint.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A modem with one port that both answers and dials, and a network whose calls the test holds. */
function modemWith(params: Partial<ModemParams> = {}) {
  let heard = "";
  const lineStates: number[] = [];
  const bulkIn = new InEndpoint((seqnum, data) => {
    heard += data.toString("latin1");
    bulkIn.request(seqnum + 1, 4096);
  });
  const interruptIn = new InEndpoint((seqnum, data) => {
    lineStates.push(data.readUInt8(8));
    interruptIn.request(seqnum + 1, 16);
  });
  bulkIn.request(1, 4096);
  interruptIn.request(1, 16);

  const call = { write: vi.fn(), setPaused: vi.fn(), hangUp: vi.fn() };
  let events: CallEvents | undefined;
  const network = {
    prepare: vi.fn(),
    release: vi.fn(),
    call: (_params: ModemParams, itsEvents: CallEvents) => {
      events = itsEvents;
      return call;
    },
  };
  const host = { vanish: vi.fn(), reset: vi.fn(), treat: vi.fn(), log: () => {} };
  const modem = new Modem(params, network, host);
  const port = new SerialFunction({ bulkIn, interruptIn }, modem, { dials: true, announces: true, number: 3 });

  /** Sends a line and returns what comes back, framing made visible. */
  const say = (line: string, waitMs = 0): string => {
    heard = "";
    void port.out(Buffer.from(`${line}\r`, "latin1"));
    vi.advanceTimersByTime(waitMs);
    return heard.replaceAll("\r\n", "|").replaceAll("\r", "^");
  };
  const take = (): string => {
    const text = heard;
    heard = "";
    return text;
  };
  return { modem, port, say, take, call, host, network, lineStates, events: () => events as CallEvents };
}

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

  it("can begin while it is plugged in", () => {
    const { say, modem } = modemWith();
    expect(say("ATE0;+CSQ")).toContain("OK");
    modem.set({ overrides: { "AT+CSQ": "silent" } });
    expect(say("AT+CSQ")).toBe("");
  });
});
