import { describe, expect, it } from "vitest";
import { changesBetween } from "../../../../src/cli/watch/changes.ts";
import { NO_TRAFFIC, readTraffic, type Traffic } from "../../../../src/cli/watch/rates.ts";
import type { PortStatus, Status, UplinkStatus } from "../../../../src/inspector/types.ts";
import { EXAMPLE } from "../example-status.ts";

const TIME = "2026-01-05T14:09:00.000Z";
const lines = (before: Status | null, after: Status): string[] =>
  changesBetween(before, after, TIME).map(({ time, place, text }) => `${time.slice(14, 19)} ${place} ${text}`);
const withPort = (port: string, change: Partial<PortStatus>): Status => ({
  ...EXAMPLE,
  ports: EXAMPLE.ports.map((held) => (held.port === port ? { ...held, ...change } : held)),
});

describe("changes", () => {
  it("are none between the same", () => {
    expect(lines(EXAMPLE, EXAMPLE)).toEqual([]);
  });

  it("begin with all that there is, hostile names made harmless", () => {
    const all = lines(null, EXAMPLE);
    expect(all).toContain("07:55 1-1.3 modem ZTE MF102 (19d2:0031)");
    expect(all).toContain("09:00 1-1.2 link wan1-1_2 10.64.12.7: good, weight 1 (25%)");
    expect(all.join("\n")).toContain("Data·[31mTraveler··");
  });

  it("have each state that was passed, in its time, and what is wrong in the end", () => {
    const history = [
      { state: "switching", since: "2026-01-05T14:08:58.000Z" },
      { state: "probing", since: "2026-01-05T14:08:59.000Z" },
      { state: "no SIM", since: "2026-01-05T14:08:59.500Z" },
    ];
    const failure = { kind: "SimMissing", message: "it has no SIM", advice: "put one in", attempts: 1 };
    const after = withPort("1-1.4", { state: "no SIM", since: "2026-01-05T14:08:59.500Z", history, failure });
    expect(lines(EXAMPLE, after)).toEqual([
      "08:59 1-1.4 switching → probing",
      "08:59 1-1.4 probing → no SIM: it has no SIM",
    ]);
  });

  it("tell of an empty port, another device, another network, and nothing of a signal that sways", () => {
    const pulled = { ...EXAMPLE, ports: EXAMPLE.ports.filter(({ port }) => port !== "1-1.5") };
    expect(lines(EXAMPLE, pulled)).toEqual(["09:00 1-1.5 empty"]);
    expect(lines(EXAMPLE, withPort("1-1.4", { name: "Huawei E367", usbId: "12d1:1506" }))).toEqual([
      "08:58 1-1.4 modem Huawei E367 (12d1:1506)",
    ]);
    const modem = EXAMPLE.ports.find(({ port }) => port === "1-1.2")?.modem as NonNullable<PortStatus["modem"]>;
    expect(lines(EXAMPLE, withPort("1-1.2", { modem: { ...modem, technology: "UMTS" } }))).toEqual([
      "09:00 1-1.2 network Comviq UMTS",
    ]);
    expect(lines(EXAMPLE, withPort("1-1.2", { modem: { ...modem, signalDbm: -99 } }))).toEqual([]);
  });

  it("tell of links that are otherwise or have left, and of hubs", () => {
    const [first, second] = EXAMPLE.uplinks as [UplinkStatus, UplinkStatus];
    const hubs = EXAMPLE.hubs.map((hub) => ({ ...hub, note: null }));
    const suspect: Status = { ...EXAMPLE, uplinks: [{ ...first, health: "suspect", weight: 0, rxBytes: 1 }], hubs };
    expect(lines(EXAMPLE, suspect)).toEqual([
      `09:00 1-1.10 link ${second.interface} ${second.address} has left`,
      "09:00 1-1.2 link wan1-1_2 10.64.12.7: suspect, weight none",
      "09:00 1-1 power is well again",
    ]);
  });
});

describe("rates", () => {
  const link = (rxBytes: number): UplinkStatus[] => [{ ...(EXAMPLE.uplinks[0] as UplinkStatus), rxBytes, txBytes: 0 }];
  const rx = (traffic: Traffic): number | undefined => traffic.rates.get("wan1-1_2")?.rx;

  it("are what passed between two readings that are far enough apart", () => {
    const first = readTraffic(NO_TRAFFIC, link(1_000), 0);
    expect(rx(first)).toBeUndefined();
    expect(readTraffic(first, link(5_000), 100)).toBe(first);
    const second = readTraffic(first, link(5_000), 2_000);
    expect(rx(second)).toBe(2_000);
    expect(rx(readTraffic(second, link(5_000), 3_000))).toBe(0);
  });

  it("are not known of a link whose counter went back, or that has left", () => {
    const first = readTraffic(NO_TRAFFIC, link(5_000), 0);
    expect(rx(readTraffic(first, link(10), 1_000))).toBeUndefined();
    expect(rx(readTraffic(first, [], 1_000))).toBeUndefined();
  });
});
