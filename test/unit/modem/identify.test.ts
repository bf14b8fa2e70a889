import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createModemEffects } from "../../../src/modem/modem-effects.ts";
import { FakeLine } from "../at/fake-line.ts";
import { DIAL, HEALTHY, modemLine, optionsWith, PORT, ttyOf } from "./fake-modem.ts";

const TTY = ttyOf(1).path;
const kind = (kindName: string) => expect.objectContaining({ failure: expect.objectContaining({ kind: kindName }) });
type Line = ReturnType<typeof modemLine>;

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

async function identify(line: Line, pin: string | null = null, decisions = new Map<string, string>()) {
  const effects = createModemEffects(optionsWith({ [TTY]: line }, { pin }, decisions));
  const facts = effects.identify(
    { port: PORT, ports: { at: TTY, data: TTY }, dial: DIAL },
    new AbortController().signal,
  );
  facts.catch(() => undefined);
  for (let second = 0; second < 30; second += 1) await vi.advanceTimersByTimeAsync(1000);
  return facts;
}

/** A SIM that is locked until the right PIN comes; `attempts` null: the modem does not tell. */
function lockedSim(right: string, attempts: number | null): Line {
  let locked = true;
  let left = attempts ?? 3;
  const line = new FakeLine();
  line.onCommand = (command) => {
    const answers: Record<string, string> = { ...HEALTHY, "AT+CPIN?": locked ? "+CPIN: SIM PIN" : "+CPIN: READY" };
    if (attempts !== null) answers['AT+CPINR="SIM PIN"'] = `+CPINR: SIM PIN,${left},3`;
    const pin = /^AT\+CPIN="(.*)"$/.exec(command)?.[1];
    if (pin === right) locked = false;
    else if (pin !== undefined) left -= 1;
    if (pin !== undefined) line.say(locked ? "\r\n+CME ERROR: 16\r\n" : "\r\nOK\r\n");
    else line.say(command in answers ? `\r\n${answers[command]}\r\n\r\nOK\r\n` : "\r\nERROR\r\n");
  };
  return line;
}

const pinsTried = (line: Line): number => line.written.filter((text) => text.startsWith('AT+CPIN="')).length;

describe("identifying a modem", () => {
  it("reads who it is, with echo and without", async () => {
    for (const echo of [true, false]) {
      expect(await identify(modemLine(HEALTHY, { echo }))).toEqual({
        manufacturer: "ZTE CORPORATION",
        model: "MF102",
        imei: "356938035643809",
        imsi: "240075812345678",
        iccid: "8946071234567890123",
      });
    }
  });

  it("sends the rule's commands first, and goes on when one is refused", async () => {
    const line = modemLine({ ...HEALTHY, "AT&C1&D2": "=ERROR" });
    await identify(line);
    expect(line.written.slice(0, 4)).toEqual(["AT\r", "ATZ\r", "AT&C1&D2\r", "ATE0\r"]);
  });

  it.each([
    ["SimMissing", "=+CME ERROR: 10"],
    ["SimPukNeeded", "+CPIN: SIM PUK"],
    ["SimPinNeeded", "+CPIN: SIM PIN"],
    ["SimFailure", "=+CME ERROR: 13"],
    ["SimBusy", "=+CME ERROR: 14"],
    ["SimWrong", "+CPIN: PH-NET PIN"],
    ["SimWrong", "=+CME ERROR: 40"],
    ["SimBlocked", "=+CME ERROR: 262"],
  ])("is %s when the SIM says %s, and closes the port", async (name, answer) => {
    const line = modemLine({ ...HEALTHY, "AT+CPIN?": answer });
    await expect(identify(line)).rejects.toEqual(kind(name));
    expect(line.closed).not.toBeNull();
  });

  it("is SimBlocked when no attempt at the PUK is left", async () => {
    const locked = { ...HEALTHY, "AT+CPIN?": "+CPIN: SIM PUK", 'AT+CPINR="SIM PUK"': "+CPINR: SIM PUK,0,10" };
    await expect(identify(modemLine(locked))).rejects.toEqual(kind("SimBlocked"));
  });

  it.each([
    ["+CFUN: 4", 1],
    ["+CFUN: 0", 1],
    ["+CFUN: 1", 0],
    ["=ERROR", 0],
  ])("switches the radio on where %s says that it is off", async (answer, times) => {
    const line = modemLine({ ...HEALTHY, "AT+CFUN?": answer, "AT+CFUN=1": "" });
    await identify(line);
    expect(line.written.filter((text) => text === "AT+CFUN=1\r")).toHaveLength(times);
  });

  it("waits for a SIM that is still starting", async () => {
    let looks = 0;
    const line = new FakeLine();
    line.onCommand = (command) => {
      if (command === "AT+CPIN?") looks += 1;
      const answers: Record<string, string> = HEALTHY;
      if (command === "AT+CPIN?" && looks < 4) line.say("\r\n+CME ERROR: 14\r\n");
      else line.say(command in answers ? `\r\n${answers[command]}\r\n\r\nOK\r\n` : "\r\nERROR\r\n");
    };
    expect((await identify(line)).imsi).toBe("240075812345678");
    expect(looks).toBe(4);
  });

  it("is PortSilent when nothing answers", async () => {
    await expect(identify(new FakeLine())).rejects.toEqual(kind("PortSilent"));
  });

  it("is DeviceGone when the stick is pulled out at any step", async () => {
    for (const step of ["AT", "ATZ", "AT+CGMM", "AT+CPIN?", "AT+CIMI"]) {
      const line = modemLine(HEALTHY);
      const answer = line.onCommand;
      line.onCommand = (command) => (command === step ? line.pull() : answer(command));
      await expect(identify(line)).rejects.toEqual(kind("DeviceGone"));
    }
  });
});

describe("the SIM's PIN", () => {
  it("unlocks the SIM, once", async () => {
    const line = lockedSim("1234", 3);
    expect((await identify(line, "1234")).imsi).toBe("240075812345678");
    expect(pinsTried(line)).toBe(1);
  });

  it.each([2, 1, 0])("is not tried with %i attempts left", async (left) => {
    const line = lockedSim("1234", left);
    await expect(identify(line, "1234")).rejects.toEqual(kind("SimPinNeeded"));
    expect(pinsTried(line)).toBe(0);
  });

  it("is tried once when it is wrong, over any number of starts", async () => {
    const decisions = new Map<string, string>();
    const line = lockedSim("9999", 3);
    await expect(identify(line, "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    const again = lockedSim("9999", 2);
    await expect(identify(again, "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    expect([pinsTried(line), pinsTried(again)]).toEqual([1, 0]);
  });

  it("is not tried again when a phone has restored the attempts, but another PIN in the config is", async () => {
    const decisions = new Map<string, string>();
    await expect(identify(lockedSim("9999", 3), "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    const restored = lockedSim("9999", 3);
    await expect(identify(restored, "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    expect(pinsTried(restored)).toBe(0);
    await identify(lockedSim("9999", 3), "9999", decisions);
    // Unlocked by it, the SIM may be unlocked by it again after the next start.
    await identify(lockedSim("9999", 3), "9999", decisions);
  });

  it("leaves the last attempt to a hand where the modem does not tell how many are left", async () => {
    const decisions = new Map<string, string>();
    const tried: number[] = [];
    for (const pin of ["1234", "1234", "5678", "9999"]) {
      const line = lockedSim("9999", null);
      await expect(identify(line, pin, decisions)).rejects.toEqual(kind("SimPinNeeded"));
      tried.push(pinsTried(line));
    }
    expect(tried).toEqual([1, 0, 1, 0]);
  });

  it("is not kept anywhere in the clear", async () => {
    const decisions = new Map<string, string>();
    await expect(identify(lockedSim("9999", 3), "73519264", decisions)).rejects.toThrow();
    expect(decisions.size).toBe(1);
    expect(JSON.stringify([...decisions])).not.toContain("73519264");
  });

  it("is tried once where the modem does not tell the attempts, until the SIM was unlocked elsewhere", async () => {
    const decisions = new Map<string, string>();
    await expect(identify(lockedSim("9999", null), "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    const again = lockedSim("1234", null);
    await expect(identify(again, "1234", decisions)).rejects.toEqual(kind("SimPinNeeded"));
    expect(pinsTried(again)).toBe(0);
    await identify(modemLine(HEALTHY), "1234", decisions);
    await identify(lockedSim("1234", null), "1234", decisions);
  });

  it.each(["12", "123456789", '1234"\r', "abcd"])("is not sent when it is %j", async (pin) => {
    const line = lockedSim("1234", 3);
    await expect(identify(line, pin)).rejects.toEqual(kind("SimPinNeeded"));
    expect(pinsTried(line)).toBe(0);
  });
});
