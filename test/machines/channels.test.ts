import { describe, expect, test } from "vitest";
import { chooseChannel, widthOf } from "../../machines/access-point/channels.ts";
import { setupFor } from "../../machines/access-point/setup-for.ts";
import type { AllowedChannel } from "../../src/radio/types.ts";
import { radioOf, SETTINGS, verifiedAs } from "./fake-access-point.ts";

const low = (...channels: number[]): AllowedChannel[] =>
  channels.map((channel) => ({ channel, frequency: 2407 + 5 * channel, maxWidth: 40, secondary: "above" }));
const high = (...channels: number[]): AllowedChannel[] =>
  channels.map((channel) => ({ channel, frequency: 5000 + 5 * channel, maxWidth: 80, secondary: "above" }));
const heard = (channel: number, signalDbm: number) => ({ frequency: 2407 + 5 * channel, signalDbm });

describe("the least used channel", () => {
  test("radios of our own come first: each of three gets one, and the fourth the first again", () => {
    const ours: AllowedChannel[] = [];
    for (let radio = 0; radio < 4; radio++) ours.push(chooseChannel(low(1, 6, 11), ours, []) as AllowedChannel);
    expect(ours.map(({ channel }) => channel)).toEqual([1, 6, 11, 1]);
  });

  test("among those, what the neighbours send on least, strong ones counting more than many weak ones", () => {
    const neighbours = [heard(1, -40), heard(6, -85), heard(6, -88), heard(11, -60)];
    expect(chooseChannel(low(1, 6, 11), [], neighbours)?.channel).toBe(6);
    expect(chooseChannel(low(1, 6, 11), low(6), neighbours)?.channel).toBe(11);
  });

  test("a neighbour between two channels disturbs both", () => {
    expect(chooseChannel(low(1, 6, 11), [], [heard(3, -50)])?.channel).toBe(11);
  });

  test("5 GHz where it is among them", () => {
    expect(chooseChannel([...low(1, 6), ...high(36, 149)], high(36), [])?.channel).toBe(149);
  });

  test("none of none", () => {
    expect(chooseChannel([], [], [])).toBeNull();
  });
});

describe("how wide", () => {
  const [first] = high(36) as [AllowedChannel];
  test.each<[string, AllowedChannel, number[], number]>([
    ["20 MHz in the 2.4 GHz band", low(1)[0] as AllowedChannel, [1, 6, 11], 20],
    ["80 MHz in the 5 GHz band", first, [36, 149], 80],
    ["no wider than another configured channel leaves room for", first, [36, 44], 40],
    ["20 MHz where the next one is configured", first, [36, 40], 20],
    ["no wider than radio and country allow", { ...first, maxWidth: 40 }, [36], 40],
  ])("%s", (_, channel, configured, width) => {
    expect(widthOf(channel, configured)).toBe(width);
  });
});

describe("what a radio is to be", () => {
  const radio = verifiedAs(radioOf("wlan0"));
  const channel = radio.channels[0] as AllowedChannel;

  test("WPA3 beside WPA2 where it can protect management frames, and WPA2 where it cannot", () => {
    expect(setupFor(radio, channel, SETTINGS).security).toBe("wpa2-wpa3");
    expect(setupFor({ ...radio, pmf: false }, channel, SETTINGS).security).toBe("wpa2");
  });

  test("no more stations than its driver takes", () => {
    expect(setupFor({ ...radio, maxStations: 8 }, channel, { ...SETTINGS, maxStations: 20 }).maxStations).toBe(8);
    expect(setupFor(radio, channel, { ...SETTINGS, maxStations: 20 }).maxStations).toBe(20);
  });

  test("it says nothing of the passphrase but that it is another", () => {
    expect(setupFor(radio, channel, { ...SETTINGS, passphrase: 2 }).passphrase).toBe(2);
  });
});
