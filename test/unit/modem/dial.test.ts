import { describe, expect, it } from "vitest";
import type { Bearer } from "../../../machines/modem/effects.ts";
import { AtChannel } from "../../../src/at/at-channel.ts";
import { call, defineContext } from "../../../src/modem/dial.ts";
import { createModemEffects } from "../../../src/modem/modem-effects.ts";
import { DIAL, modemLine, optionsWith, PORT, ttyOf } from "./fake-modem.ts";

const TTY = ttyOf(3).path;
const never = new AbortController().signal;
const bearer: Bearer = { apn: "data.comviq.se", pdpType: "IP", source: "config" };
const open = (answers: Record<string, string>) => AtChannel.open(TTY, { openLine: async () => modemLine(answers) });

describe("a call", () => {
  it("is made when the modem says CONNECT, and the line is then not ours to use", async () => {
    const channel = await open({ "ATD*99#": "=CONNECT 7200000" });
    await call(channel, channel, PORT, DIAL, never);
    expect(channel.usable).toBe(false);
  });

  it.each([
    ["NO CARRIER", "NoCarrier"],
    ["BUSY", "Busy"],
    ["NO ANSWER", "NoCarrier"],
    ["NO DIALTONE", "NoCarrier"],
    ["ERROR", "DialRefused"],
    ["+CME ERROR: 148", "DialRefused"],
    ["OK", "DialRefused"],
    ["3", "NoCarrier"],
  ])("answered %s is %s", async (answer, kind) => {
    const channel = await open({ "ATD*99#": `=${answer}` });
    await expect(call(channel, channel, PORT, DIAL, never)).rejects.toMatchObject({
      failure: { kind, tried: "ATD*99#" },
    });
    expect(channel.usable).toBe(true);
  });

  it("that fails is reported with the network's reason, if the modem knows it", async () => {
    const channel = await open({
      "ATD*99#": "=NO CARRIER",
      "AT+CEER": "+CEER: Requested service option not subscribed",
    });
    await expect(call(channel, channel, PORT, DIAL, never)).rejects.toThrow("Requested service option not subscribed");
  });

  it("is not made where nobody waits for it", async () => {
    const effects = createModemEffects(optionsWith({ [TTY]: modemLine({}) }));
    const dialled = effects.dial({ port: PORT, ports: { at: TTY, data: TTY }, bearer, dial: DIAL }, never);
    await expect(dialled).rejects.toMatchObject({ failure: { kind: "Internal" } });
  });

  it("is not made with a context that the modem refuses", async () => {
    const channel = await open({});
    await expect(defineContext(channel, PORT, DIAL, bearer, never)).rejects.toMatchObject({
      failure: { kind: "CommandRefused", tried: 'AT+CGDCONT=1,"IP","data.comviq.se"' },
    });
  });
});
