import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interfaceNamed, parseLogLine } from "../../../src/hostapd/log-line.ts";
import { frequencyOf, parseScan } from "../../../src/hostapd/parse-scan.ts";
import { parseStations } from "../../../src/hostapd/parse-stations.ts";

const MAC = "02:00:00:00:04:00";

describe("hostapd's log", () => {
  it.each([
    ["wlan0: AP-ENABLED ", { type: "enabled", interface: "wlan0" }],
    ["wlan0: AP-DISABLED ", { type: "disabled", interface: "wlan0" }],
    ["wlan0: INTERFACE-DISABLED ", { type: "disabled", interface: "wlan0" }],
    ["wlan0: interface state ENABLED->DISABLED", { type: "disabled", interface: "wlan0" }],
    [`wlan0: AP-STA-CONNECTED ${MAC}`, { type: "joined", interface: "wlan0", mac: MAC }],
    [`wlan0: AP-STA-CONNECTED ${MAC} auth_alg=sae`, { type: "joined", interface: "wlan0", mac: MAC }],
    [`wlan0: AP-STA-DISCONNECTED ${MAC}`, { type: "left", interface: "wlan0", mac: MAC }],
    ["wlan0: interface state UNINITIALIZED->ENABLED", null],
    ["wlan0: AP-ENABLED-ish", null],
    [`wlan0: AP-STA-CONNECTED ${MAC}:00`, null],
    [`wlan0: STA ${MAC} IEEE 802.11: AP-ENABLED`, null],
    [`AP-STA-CONNECTED ${MAC}`, null],
    ["", null],
  ])("%j says %j", (line, news) => {
    expect(parseLogLine(line)).toEqual(news);
  });

  it("names the interface that a line is about, if any", () => {
    expect(interfaceNamed("wlan0: STA 02:00:00:00:04:00 RADIUS: starting")).toBe("wlan0");
    expect(interfaceNamed("Could not set channel for kernel driver")).toBe(null);
  });

  it("no text makes it throw, or name an interface or a station that could not be one", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: "binary" }), (name, text) => {
        for (const line of [text, `${name}: ${text}`, `${name}: AP-ENABLED`, `wlan0: AP-STA-CONNECTED ${text}`]) {
          const news = parseLogLine(line);
          if (news === null) continue;
          expect(news.interface).toMatch(/^[\w.-]{1,15}$/);
          if ("mac" in news) expect(news.mac).toMatch(/^[0-9a-f:]{17}$/);
        }
      }),
    );
  });
});

const STATION = [
  MAC,
  "flags=[AUTH][ASSOC][AUTHORIZED][SHORT_PREAMBLE][WMM][HT]",
  "aid=1",
  "capability=0x431",
  "rx_packets=26",
  "rx_bytes=3112",
  "tx_bytes=1704",
  "signal=-30",
  "wpa=2",
  "connected_time=7",
  "",
].join("\n");

describe("the stations that hostapd_cli lists", () => {
  it("have their signal and their traffic", () => {
    const other = STATION.replace(MAC, "02:00:00:00:05:00").replace("signal=-30", "signal=0");
    expect(parseStations(STATION + other, "wlan0")).toEqual([
      { mac: MAC, interface: "wlan0", signalDbm: -30, rxBytes: 3112, txBytes: 1704, connectedSeconds: 7 },
      {
        mac: "02:00:00:00:05:00",
        interface: "wlan0",
        signalDbm: null,
        rxBytes: 3112,
        txBytes: 1704,
        connectedSeconds: 7,
      },
    ]);
  });

  it("are none before they have proven that they know the passphrase", () => {
    expect(parseStations(STATION.replace("[AUTHORIZED]", ""), "wlan0")).toEqual([]);
  });

  it("are as many as there can be, with values in their ranges, whatever is printed", () => {
    const line = fc.oneof(
      fc.constantFrom(...STATION.split("\n")),
      fc.string(),
      fc
        .tuple(fc.constantFrom("rx_bytes", "signal", "connected_time", "flags"), fc.string())
        .map(([k, v]) => `${k}=${v}`),
      fc.bigInt().map((number) => `rx_bytes=${number}`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        for (const station of parseStations(lines.join("\n"), "wlan0")) {
          expect(station.mac).toBe(MAC);
          expect(Number.isSafeInteger(station.rxBytes) && station.rxBytes >= 0).toBe(true);
          expect(station.signalDbm === null || (station.signalDbm <= 0 && station.signalDbm > -1000)).toBe(true);
        }
      }),
    );
    expect(parseStations(STATION.repeat(3_000), "wlan0")).toHaveLength(2_007);
  });
});

const SCAN = [
  "BSS 02:00:00:00:00:00(on wlan3)",
  "\tTSF: 1 usec (0d, 00:00:00)",
  "\tfreq: 2412",
  "\tsignal: -30.00 dBm",
  "\tSSID: \\x0aBSS evil",
  "BSS 02:00:00:00:01:00(on wlan3)",
  "\tfreq: 2437.0",
  "\tsignal: -71.50 dBm",
  "",
].join("\n");

describe("what iw hears", () => {
  it("is each network's frequency and signal, of older and newer iw", () => {
    expect(parseScan(SCAN)).toEqual([
      { frequency: 2412, signalDbm: -30 },
      { frequency: 2437, signalDbm: -71 },
    ]);
  });

  it("is bounded and sound, whatever is printed", () => {
    const line = fc.oneof(fc.constantFrom(...SCAN.split("\n")), fc.string(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { frequency, signalDbm } of parseScan(lines.join("\n"))) {
          expect([2412, 2437]).toContain(frequency);
          expect([-30, -71]).toContain(signalDbm);
        }
      }),
    );
    expect(parseScan(SCAN.repeat(2_000))).toHaveLength(500);
  });

  it.each([
    [1, 2412],
    [13, 2472],
    [14, 2484],
    [36, 5180],
    [165, 5825],
    [0, null],
    [15, null],
    [1.5, null],
  ])("channel %d is %d MHz", (channel, frequency) => {
    expect(frequencyOf(channel)).toBe(frequency);
  });
});
