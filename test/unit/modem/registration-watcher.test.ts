import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RegistrationEvent } from "../../../machines/modem/effects.ts";
import { createModemEffects } from "../../../src/modem/modem-effects.ts";
import type { FakeLine } from "../at/fake-line.ts";
import { DIAL, modemLine, optionsWith, PORT, ttyOf } from "./fake-modem.ts";

const TTY = ttyOf(1).path;
const PORTS = { at: TTY, data: ttyOf(3).path };

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

function watch(line: FakeLine) {
  const events: RegistrationEvent[] = [];
  const effects = createModemEffects(optionsWith({ [TTY]: line }));
  const stop = effects.watchRegistration({ port: PORT, ports: PORTS }, (event) => events.push(event));
  const statuses = (): string[] =>
    events.map((event) => (event.type === "registration.changed" ? event.registration.status : event.failure.kind));
  return { events, statuses, stop, effects };
}

/** A modem whose answers can change; with `speaks`, it accepts unsolicited codes. */
function searchingModem(speaks: boolean): { line: FakeLine; answers: Record<string, string> } {
  const answers: Record<string, string> = {
    "AT+COPS=3,0": "",
    "AT+CREG?": "+CREG: 2,2",
    "AT+CGREG?": "+CGREG: 2,2",
    "AT+COPS?": '+COPS: 0,0,"Comviq",2',
    "AT+CSQ": "+CSQ: 17,99",
    ...(speaks ? { "AT+CREG=2": "", "AT+CGREG=2": "" } : {}),
  };
  return { line: modemLine(answers), answers };
}

describe("watching the registration", () => {
  it("reports at once what an unsolicited code says, and then operator and signal", async () => {
    const { line, answers } = searchingModem(true);
    const { events, statuses } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    expect(statuses().at(-1)).toBe("searching");
    const before = events.length;
    answers["AT+CGREG?"] = '+CGREG: 2,1,"2F5C","01A2B3C",6';
    line.say('\r\n+CGREG: 1,"2F5C","01A2B3C",6\r\n');
    await vi.advanceTimersByTimeAsync(50);
    expect(statuses()[before]).toBe("home");
    expect(events.at(-1)).toEqual({
      type: "registration.changed",
      registration: { status: "home", technology: "HSPA", operator: "Comviq", signalDbm: -79 },
    });
  });

  it("finds out by reading where the modem does not speak", async () => {
    const { line, answers } = searchingModem(false);
    const { statuses } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    answers["AT+CGREG?"] = "+CGREG: 0,5";
    await vi.advanceTimersByTimeAsync(5_100);
    expect(statuses().at(-1)).toBe("roaming");
  });

  it.each([
    ["+CPIN: NOT INSERTED", "=+CME ERROR: 10", "SimMissing"],
    ["^SIMST: 255", "=+CME ERROR: 10", "SimMissing"],
    // It started anew by itself: its PIN is known, and is not asked for.
    ["+CPIN: SIM PIN", "+CPIN: SIM PIN", "SimBusy"],
  ])("finds out at %s that the SIM, answering %s, is the reason for no network", async (said, answer, kind) => {
    const { line, answers } = searchingModem(true);
    answers["AT+CPIN?"] = "+CPIN: READY";
    answers["AT+CGREG?"] = "+CGREG: 2,1";
    const { statuses } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    expect(statuses().at(-1)).toBe("home");
    answers["AT+CGREG?"] = "+CGREG: 2,0";
    answers["AT+CREG?"] = "+CREG: 2,0";
    answers["AT+CPIN?"] = answer;
    line.say(`\r\n${said}\r\n`);
    await vi.advanceTimersByTimeAsync(100);
    expect(statuses().at(-1)).toBe(kind);
  });

  it("does not ask for the SIM while there is a network", async () => {
    const { line, answers } = searchingModem(true);
    answers["AT+CGREG?"] = "+CGREG: 2,1";
    watch(line);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(line.written.filter((text) => text.startsWith("AT+CPIN"))).toEqual([]);
  });

  it("is quiet while registered: one look at the signal every 30 s, and no event when nothing changed", async () => {
    const { line, answers } = searchingModem(true);
    answers["AT+CGREG?"] = "+CGREG: 2,1";
    const { events } = watch(line);
    await vi.advanceTimersByTimeAsync(1_000);
    const before = { events: events.length, asked: line.written.length };
    await vi.advanceTimersByTimeAsync(29_500);
    expect(line.written.length - before.asked).toBeGreaterThan(0);
    expect(line.written.length - before.asked).toBeLessThanOrEqual(5);
    expect(events.length).toBe(before.events);
  });

  it("forgives one silence, but not two", async () => {
    const { line } = searchingModem(true);
    const { statuses } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    line.onCommand = () => undefined;
    await vi.advanceTimersByTimeAsync(8_100);
    expect(statuses()).not.toContain("PortSilent");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statuses().at(-1)).toBe("PortSilent");
  });

  it("reports the stick that was pulled out, once", async () => {
    const { line } = searchingModem(true);
    const { statuses } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    line.pull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(statuses().filter((status) => status === "DeviceGone")).toHaveLength(1);
  });

  it("says nothing after it was stopped, and asks nothing", async () => {
    const { line } = searchingModem(true);
    const { events, stop, effects } = watch(line);
    await vi.advanceTimersByTimeAsync(100);
    stop();
    const before = { events: events.length, asked: line.written.length };
    line.say("\r\n+CGREG: 1\r\n");
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ events: events.length, asked: line.written.length }).toEqual(before);
    await effects.release({ port: PORT }, new AbortController().signal);
    expect(line.closed).not.toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails with the reason when the port cannot be opened", async () => {
    const events: RegistrationEvent[] = [];
    const effects = createModemEffects(optionsWith({}));
    effects.watchRegistration({ port: PORT, ports: PORTS }, (event) => events.push(event));
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toMatchObject([{ type: "registration.failed", failure: { kind: "DeviceGone" } }]);
  });
});

it("asks for itself, whoever opened the port, and also when the modem's own words or time are why it asks", async () => {
  // Those of the test know nothing of who has set them.
  vi.useRealTimers();
  const { line, answers } = searchingModem(true);
  const asked: string[] = [];
  const effects = createModemEffects({
    ...optionsWith({ [TTY]: line }),
    transcript: (_, { direction, text, cause }) => {
      if (direction === "to modem") asked.push(`${cause}: ${text}`);
    },
  });
  await effects
    .mend({ port: PORT, ports: PORTS, step: "reset", dial: DIAL }, AbortSignal.timeout(9_999))
    .catch(() => {});
  const stop = effects.watchRegistration({ port: PORT, ports: PORTS }, () => {});
  await expect.poll(() => asked.at(-1)).toBe("watchRegistration: AT+CSQ");
  answers["AT+CGREG?"] = '+CGREG: 2,1,"2F5C","01A2B3C",6';
  line.say('\r\n+CGREG: 1,"2F5C","01A2B3C",6\r\n');
  await expect.poll(() => asked.at(-1)).toBe("watchRegistration: AT+COPS?");
  expect(asked[0]).toBe("mend: AT+CFUN=1,1");
  const rest = asked.slice(1);
  expect(rest.length).toBeGreaterThan(10);
  expect(rest.filter((each) => !each.startsWith("watchRegistration: "))).toEqual([]);
  stop();
});
