import { expect, it } from "vitest";
import type { HubPath, PortPath } from "../../../src/hotplug/types.ts";
import type { PortStatus } from "../../../src/inspector/types.ts";
import { busRows } from "../../../src/page/bus-rows.ts";
import { summaryOf } from "../../../src/page/summary.ts";
import { EXAMPLE } from "../cli/example-status.ts";

const occupied = (port: string, kind: PortStatus["kind"] = "modem"): PortStatus => ({
  ...{ port: port as PortPath, kind, usbId: null, name: "", state: "online" },
  ...{ since: "2026-01-05T14:00:00.000Z", history: [], powerMilliamps: 0 },
});
const hub = (port: HubPath) => ({ port, drawnMilliamps: 0, budgetMilliamps: 1, over: false, devices: [], note: null });

it("shows the bus from its roots down, with empty ports that something is told of", () => {
  const status = {
    ports: [occupied("1-1.10"), occupied("1-1.2"), occupied("1-1", "hub"), occupied("2-3")],
    hubs: [hub("usb1")],
  };
  const rows = busRows(status, ["1-1.2", "1-1.4.1"] as PortPath[]);
  expect(rows.map(({ path, depth, hub: fed, port }) => [path, depth, fed !== null, port !== null])).toEqual([
    ["usb1", 0, true, false],
    ["1-1", 1, true, true],
    ["1-1.2", 2, false, true],
    ["1-1.4", 2, true, false],
    ["1-1.4.1", 3, false, false],
    ["1-1.10", 2, false, true],
    ["usb2", 0, true, false],
    ["2-3", 1, false, true],
  ]);
});

it("sums it all up in a sentence", () => {
  const none = { ...EXAMPLE, ports: [], uplinks: [], accessPoint: null };
  expect(summaryOf(none)).toBe("No modem is plugged in.");
  expect(summaryOf({ ...none, ports: [occupied("1-1")] })).toBe("The modem is online.");
  const two = [occupied("1-1"), { ...occupied("1-2"), state: "denied" }, { ...occupied("1-3"), state: "disabled" }];
  expect(summaryOf({ ...none, ports: two })).toBe("1 of 2 modems online.");
});
