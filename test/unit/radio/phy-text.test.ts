import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { fitsBeside, parsePhyChannels, parsePhyInfo } from "../../../src/radio/phy-text.ts";
import { allowedChannel } from "../../../src/radio/verify-radio.ts";

/** What iw 6.9 said of mac80211_hwsim's radio on Linux 6.12, without most of its HE and EHT details. */
const INFO = readFileSync(join(import.meta.dirname, "iw/hwsim-info.txt"), "utf8");

describe("iw phy info", () => {
  it("tells modes, ciphers and what each band can do", () => {
    const info = parsePhyInfo(INFO);
    expect(info?.modes).toEqual(
      "IBSS/managed/AP/AP-VLAN/monitor/mesh point/P2P-client/P2P-GO/P2P-device/outside context of a BSS"
        .split("/")
        .map((mode) => mode.replace("AP-VLAN", "AP/VLAN")),
    );
    expect(info?.ciphers).toContain("00-0f-ac:6");
    expect(info?.bands).toEqual({
      low: { ht: 0x107e, vht: null, he: true },
      high: { ht: 0x107e, vht: 0x038004fa, he: true },
    });
    expect(info?.maxStations).toBeNull();
    expect(info?.combinations).toEqual([
      {
        limits: [
          { modes: ["IBSS"], max: 1 },
          { modes: ["managed", "AP", "mesh point", "P2P-client", "P2P-GO"], max: 2048 },
          { modes: ["P2P-device"], max: 1 },
        ],
        total: 2050,
      },
    ]);
  });

  it("has HE only where HE is an access point's", () => {
    const stationOnly = INFO.replaceAll("HE Iftypes: AP, P2P-GO", "HE Iftypes: P2P-GO");
    expect(parsePhyInfo(stationOnly)?.bands.low?.he).toBe(false);
  });

  it("is none of it where it is another program's text", () => {
    expect(parsePhyInfo("command failed: No such device (-19)\n")).toBeNull();
  });

  test("nothing that is cut or mixed up makes it fail, and nothing appears that was not there", () => {
    const lines = INFO.split("\n");
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length - 1), { maxLength: 60 }), (chosen) => {
        const info = parsePhyInfo(["Wiphy phy0", ...chosen.map((index) => lines[index])].join("\n"));
        expect(info?.modes.every((mode) => INFO.includes(`* ${mode}`))).toBe(true);
        expect(info?.ciphers.every((cipher) => INFO.includes(`(${cipher})`))).toBe(true);
      }),
    );
  });
});

test("an access point fits beside other interfaces where a combination has room for all of them", () => {
  const combinations = [
    {
      limits: [
        { modes: ["managed"], max: 1 },
        { modes: ["AP", "P2P-GO"], max: 1 },
      ],
      total: 2,
    },
    { limits: [{ modes: ["IBSS"], max: 1 }], total: 1 },
  ];
  expect(fitsBeside([], [])).toBe(true);
  expect(fitsBeside(["managed"], combinations)).toBe(true);
  expect(fitsBeside(["managed", "managed"], combinations)).toBe(false);
  expect(fitsBeside(["AP"], combinations)).toBe(false);
  expect(fitsBeside(["IBSS"], combinations)).toBe(false);
  expect(fitsBeside(["managed"], [])).toBe(false);
});

describe("iw phy channels", () => {
  const CHANNELS = [
    "Band 1:",
    "\t* 2412 MHz [1] ",
    "\t  Maximum TX power: 20.0 dBm",
    "\t  Channel widths: 20MHz HT40+",
    "\t* 2467 MHz [12] ",
    "\t  Maximum TX power: 20.0 dBm",
    "\t  No IR",
    "\t  Channel widths: 20MHz HT40-",
    "Band 2:",
    "\t* 5180 MHz [36] ",
    "\t  Channel widths: 20MHz HT40+ VHT80",
    "\t* 5200 MHz [40] ",
    "\t  Channel widths: 20MHz HT40- HT40+ VHT80",
    "\t* 5260 MHz [52] ",
    "\t  Radar detection",
    "\t  Channel widths: 20MHz HT40+ VHT80",
    "\t  DFS state: usable (for 10 sec)",
    "\t* 5845 MHz [169] (disabled)",
  ].join("\n");
  const allowed = parsePhyChannels(CHANNELS).flatMap((channel) => allowedChannel(channel) ?? []);

  it("tells which an access point may use, and how wide", () => {
    expect(allowed).toEqual([
      { channel: 1, frequency: 2412, maxWidth: 40, secondary: "above" },
      { channel: 36, frequency: 5180, maxWidth: 80, secondary: "above" },
      { channel: 40, frequency: 5200, maxWidth: 80, secondary: "below" },
    ]);
  });

  it("is empty for any other text", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void expect(parsePhyChannels(text)).toEqual([])));
  });
});
