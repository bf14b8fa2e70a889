import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../../src/cli/render-status.ts";
import { coloured, plain } from "../../../src/cli/style.ts";
import { textWidth } from "../../../src/cli/text-width.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";
import type { AccessPointStatus, PortStatus, Status, UplinkStatus } from "../../../src/inspector/types.ts";
import { EXAMPLE, NOW } from "./example-status.ts";

const widest = (text: string): number => Math.max(...text.split("\n").map(textWidth));

describe("wanherd status", () => {
  it("is a table that reads well at 80 columns", async () => {
    const text = renderStatus(EXAMPLE, { now: NOW, columns: 80, style: plain });
    expect(widest(text)).toBeLessThanOrEqual(80);
    await expect(text).toMatchFileSnapshot("golden/status-80.txt");
  });

  it("gives the operator more room where there is more", () => {
    expect(renderStatus(EXAMPLE, { now: NOW, columns: 120, style: plain })).toContain("Telenor Sverige AB HSPA");
  });

  it("has a row for each interface that the config names, with the reason where it is not in the pool", () => {
    const interfaces = [
      { interface: "eth0", state: "online", since: "2026-01-05T14:00:00.000Z" },
      { interface: "eth1", state: "no router", since: "2026-01-05T14:08:00.000Z", reason: "no default route" },
    ];
    const link = { role: "balance", tier: 2, weight: 1, health: "good", rxBytes: 2_000, txBytes: 1_000 } as const;
    const uplinks = [
      { ...(EXAMPLE.uplinks[0] as UplinkStatus), port: null, interface: "eth0", address: "192.0.2.2", ...link },
    ];
    const status: Status = { ...EXAMPLE, ports: [], uplinks, hubs: [], interfaces };
    expect(renderStatus(status, { now: NOW, columns: 80, style: plain }).split("\n").slice(2)).toEqual([
      "No USB device is plugged in.",
      "",
      "PORT  STATE      SINCE  OPERATOR  SIGNAL  ADDRESS    WEIGHT",
      "eth0  online     9m                       192.0.2.2  1 (25%)",
      "  tier 2 · carries 312 kB/s · ↓2.0 kB ↑1.0 kB",
      "eth1  no router  1m",
      "  no default route",
      "",
    ]);
  });

  it("has the access point below the table: who serves, and who is there", () => {
    const radio = { phy: "phy0", interface: "wlan0", channel: 6, apCapable: true, stations: 1 };
    const accessPoint: AccessPointStatus = {
      ssid: "MobileAP",
      bridge: "lan-br",
      address: "172.17.2.1/24",
      radios: [
        { port: "1-1.6" as PortPath, state: "serving", ...radio },
        { port: null, state: "rejected", ...radio, interface: "wlan1", channel: null, reason: "wlan1 is in use" },
      ],
      stations: [
        {
          ...{ mac: "02:00:00:00:02:00", port: "1-1.6" as PortPath, interface: "wlan0", signalDbm: -47 },
          ...{ rxBytes: 2_000, txBytes: 312_000, connectedSeconds: 754 },
        },
      ],
    };
    const { reason: _, ...device } = EXAMPLE.ports.find(({ port }) => port === "1-1.5") as PortStatus;
    const dongle: PortStatus = {
      ...device,
      ...{ kind: "radio", usbId: "148f:5370", name: "RT5370", state: "serving", radio },
    };
    const status: Status = { ...EXAMPLE, ports: [dongle], uplinks: [], hubs: [], accessPoint };
    expect(renderStatus(status, { now: NOW, columns: 80, style: plain }).split("\n").slice(2)).toEqual([
      "PORT   STATE    SINCE  OPERATOR  SIGNAL  ADDRESS  WEIGHT",
      "1-1.5  serving  3d12h",
      "  148f:5370 · RT5370 · wlan0 · channel 6 · 1 station",
      "",
      "Access point “MobileAP”: 1 of 2 radios serving · channel 6 · LAN lan-br",
      "172.17.2.1/24",
      "  rejected · wlan1: wlan1 is in use",
      "  02:00:00:00:02:00 · at 1-1.6 · -47 dBm · ↑2.0 kB ↓312 kB · 12m",
      "",
    ]);
  });

  it("says so when nothing is plugged in", () => {
    const empty: Status = { ...EXAMPLE, ports: [], uplinks: [], hubs: [] };
    expect(renderStatus(empty, { now: NOW, columns: 80, style: plain })).toBe(
      "wanherd 0.1.0 · up 2h15m · 0 modems · 0 of 0 uplinks good\n\nNo USB device is plugged in.\n",
    );
  });

  it("differs in colour from the plain text in nothing but colour", () => {
    const page = { now: NOW, columns: 80 };
    const inColour = renderStatus(EXAMPLE, { ...page, style: coloured });
    expect(inColour).toContain("\u001b[32monline\u001b[39m");
    expect(inColour).toContain("\u001b[31mresting\u001b[39m");
    expect(inColour.replace(/\u001b\[\d+m/g, "")).toBe(renderStatus(EXAMPLE, { ...page, style: plain }));
  });

  it("never passes on a control character or a line that is too long, whatever a device says", () => {
    const text = fc.string({ unit: "binary", maxLength: 130 });
    fc.assert(
      fc.property(text, text, text, text, (name, operator, message, address) => {
        const ports = EXAMPLE.ports.map((port) => ({
          ...port,
          name,
          ...(port.modem === undefined ? {} : { modem: { ...port.modem, operator, apn: operator } }),
          ...(port.failure === undefined ? {} : { failure: { ...port.failure, message, advice: message } }),
        }));
        const uplinks = EXAMPLE.uplinks.map((uplink) => ({ ...uplink, address, interface: address }));
        const hubs = EXAMPLE.hubs.map((hub) => ({ ...hub, note: message }));
        const shown = renderStatus({ ...EXAMPLE, ports, uplinks, hubs }, { now: NOW, columns: 80, style: plain });
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028]/);
        expect(shown.split("\n").length).toBeLessThan(120);
      }),
      { numRuns: 30 },
    );
  });
});
