import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FailureError } from "../../../machines/failure.ts";
import { findPorts } from "../../../src/modem/find-ports.ts";
import { createModemEffects } from "../../../src/modem/modem-effects.ts";
import { ModemSession } from "../../../src/modem/session.ts";
import { FakeLine } from "../at/fake-line.ts";
import { HEALTHY, modemLine, optionsWith, PORT, ttyOf } from "./fake-modem.ts";

const IF = (number: number): string => ttyOf(number).path;
const unknown = { at: null, data: null, candidates: [] };
const never = new AbortController().signal;
const kind = (kindName: string) => expect.objectContaining({ failure: expect.objectContaining({ kind: kindName }) });

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

/** Runs the promise while time passes. */
async function passing<T>(promise: Promise<T>, ms = 10_000): Promise<T> {
  promise.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}

describe("finding the ports of a modem", () => {
  it("asks nobody when the rule names both", async () => {
    const effects = createModemEffects(optionsWith({}));
    const ttys = [ttyOf(0), ttyOf(1), ttyOf(3)];
    const ports = await effects.findPorts({ port: PORT, ttys, scheme: { at: 1, data: 3, candidates: [] } }, never);
    expect(ports).toEqual({ at: IF(1), data: IF(3) });
  });

  it("waits for the port that the rule names rather than take another", async () => {
    const lines = { [IF(1)]: modemLine(HEALTHY) };
    const effects = createModemEffects(optionsWith(lines));
    const found = effects.findPorts(
      { port: PORT, ttys: [ttyOf(1)], scheme: { at: 1, data: 3, candidates: [] } },
      never,
    );
    await expect(found).rejects.toEqual(kind("PortsMissing"));
    expect(lines[IF(1)]?.written).toEqual([]);
  });

  it("takes the first that answers for commands and another that answers for data", async () => {
    const lines = { [IF(0)]: new FakeLine(), [IF(1)]: modemLine(HEALTHY), [IF(3)]: modemLine(HEALTHY) };
    const effects = createModemEffects(optionsWith(lines));
    const ttys = [ttyOf(3), ttyOf(1), ttyOf(0)];
    expect(await passing(effects.findPorts({ port: PORT, ttys, scheme: unknown }, never))).toEqual({
      at: IF(1),
      data: IF(3),
    });
    // The diagnostic port is let go; the AT port stays open for what follows.
    expect(lines[IF(0)]?.closed).not.toBeNull();
    expect(lines[IF(3)]?.closed).not.toBeNull();
    expect(lines[IF(1)]?.closed).toBeNull();
  });

  it("takes the other one for data when the first guess would not dial, and begins anew when none would", async () => {
    const ttys = [ttyOf(0), ttyOf(1), ttyOf(2)];
    const refusing = new Set<string>();
    const guesses: (readonly [at: string, data: string])[] = [];
    for (let round = 0; round < 4; round += 1) {
      const lines = { [IF(0)]: modemLine(HEALTHY), [IF(1)]: modemLine(HEALTHY), [IF(2)]: modemLine(HEALTHY) };
      const session = new ModemSession(PORT, optionsWith(lines));
      const { at, data } = await passing(findPorts(session, { port: PORT, ttys, scheme: unknown }, refusing, never));
      guesses.push([at, data]);
      refusing.add(data);
      await session.release();
    }
    expect(guesses).toEqual([
      [IF(0), IF(1)],
      [IF(0), IF(2)],
      [IF(1), IF(0)],
      [IF(0), IF(1)],
    ]);
  });

  it("uses one port for both when only one answers", async () => {
    const lines = { [IF(0)]: new FakeLine(), [IF(1)]: modemLine(HEALTHY) };
    const effects = createModemEffects(optionsWith(lines));
    const found = effects.findPorts({ port: PORT, ttys: [ttyOf(0), ttyOf(1)], scheme: unknown }, never);
    expect(await passing(found)).toEqual({ at: IF(1), data: IF(1) });
  });

  it("never says AT to what is no modem's tty", async () => {
    const line = new FakeLine();
    const effects = createModemEffects(optionsWith({ [IF(0)]: line }));
    const found = effects.findPorts({ port: PORT, ttys: [ttyOf(0, "ftdi_sio")], scheme: unknown }, never);
    await expect(found).rejects.toEqual(kind("PortsMissing"));
    expect(line.written).toEqual([]);
  });

  it.each([
    ["PortSilent", () => new FakeLine()],
    ["PortGarbled", () => modemLine({ AT: `=${"noise\r\n".repeat(300)}` })],
  ])("is %s when that is what the ports are, and leaves none open", async (name, line) => {
    const lines = { [IF(0)]: line(), [IF(1)]: new FakeLine() };
    const effects = createModemEffects(optionsWith(lines));
    const found = effects.findPorts({ port: PORT, ttys: [ttyOf(0), ttyOf(1)], scheme: unknown }, never);
    await expect(passing(found)).rejects.toEqual(kind(name));
    expect(Object.values(lines).every((entry) => entry.closed !== null)).toBe(true);
  });

  it("is PortBusy when another program has the port", async () => {
    const options = {
      ...optionsWith({}),
      openLine: async () => {
        throw new FailureError("PortBusy", "busy");
      },
    };
    const found = createModemEffects(options).findPorts({ port: PORT, ttys: [ttyOf(1)], scheme: unknown }, never);
    await expect(found).rejects.toEqual(kind("PortBusy"));
  });

  it("ends at once when it is aborted, and leaves nothing open", async () => {
    const lines = { [IF(0)]: new FakeLine(), [IF(1)]: new FakeLine() };
    const stop = new AbortController();
    const effects = createModemEffects(optionsWith(lines));
    const found = effects.findPorts({ port: PORT, ttys: [ttyOf(0), ttyOf(1)], scheme: unknown }, stop.signal);
    found.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    stop.abort(new Error("unplugged"));
    await expect(passing(found, 0)).rejects.toThrow("unplugged");
    expect(Object.values(lines).every((line) => line.closed !== null)).toBe(true);
  });
});
