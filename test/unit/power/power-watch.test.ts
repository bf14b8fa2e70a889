import { beforeEach, describe, expect, it } from "vitest";
import type { HotplugEvent, HubFacts, PortPath, UsbDevice } from "../../../src/hotplug/types.ts";
import { PowerWatch } from "../../../src/power/power-watch.ts";
import { device } from "../rules/device.ts";
import { USB2_HUB } from "./consumers.ts";

let nowMs: number;
let told: string[];
let emitted: string[];
/** Ports on which something is being done that makes the modem vanish. */
let busy: Set<string>;
let supplies: Record<string, number>;
let watch: PowerWatch;

beforeEach(async () => {
  nowMs = 0;
  told = [];
  emitted = [];
  busy = new Set();
  supplies = { "1-1": 2000 };
  watch = new PowerWatch({
    rootHub: async (hub) => (hub === "usb1" ? { ...USB2_HUB, ports: 1 } : null),
    supplies: () => supplies,
    seat: (port) => ({ name: port.length > 3 ? "ZTE MF102" : "", holdsStillModem: !busy.has(port) }),
    tell: (text, hub) => told.push(`${hub}| ${text}`),
    now: () => nowMs,
  });
  await plug("1-1", { hub: { ...USB2_HUB, ports: 7 }, product: "USB2.0 Hub", powerMilliamps: 100 });
});

async function pass(event: HotplugEvent): Promise<void> {
  watch.pass(event, ({ type }) => emitted.push(type));
  // The root hub is read meanwhile.
  await new Promise((resolve) => setImmediate(resolve));
}
const plug = (port: string, more: Partial<UsbDevice> & { hub?: HubFacts } = {}): Promise<void> =>
  pass({ type: "device.attached", device: device("19d2:0031", [], { port: port as PortPath, ...more }) });
const pull = (port: string): Promise<void> => pass({ type: "device.detached", port: port as PortPath, address: 7 });
const note = (hub: string): string | null | undefined => watch.hubs().find(({ port }) => port === hub)?.note;
const FOUR = ["1-1.1", "1-1.2", "1-1.3", "1-1.4"];

const OVER =
  "over-committed by 500 mA: 5 × ZTE MF102 at 500 mA are 2500 mA, and it has 2000 mA; " +
  "use a hub with a stronger supply, or take something off it";

describe("the watch over power", () => {
  it("passes every event on, and shows each hub with what hangs on it", async () => {
    await plug("1-1.3");
    await pass({ type: "tty.vanished", port: "1-1.3" as PortPath, interface: 1 });
    expect(emitted).toEqual(["device.attached", "device.attached", "tty.vanished"]);
    expect(watch.hubs()).toEqual([
      {
        port: "1-1",
        drawnMilliamps: 500,
        budgetMilliamps: 2000,
        over: false,
        devices: [{ port: "1-1.3", name: "ZTE MF102", milliamps: 500 }],
        note: null,
      },
      {
        port: "usb1",
        drawnMilliamps: 100,
        budgetMilliamps: 500,
        over: false,
        devices: [{ port: "1-1", name: "USB2.0 Hub", milliamps: 100 }],
        note: null,
      },
    ]);
    await pull("1-1.3");
    expect(watch.hubs().map(({ port }) => port)).toEqual(["usb1"]);
  });

  it("tells once when a hub becomes over-committed, though a stick comes and goes as it is switched", async () => {
    for (const port of FOUR) await plug(port);
    expect(told).toEqual([]);
    await plug("1-1.5");
    expect(told).toEqual([`1-1| power of hub 1-1: ${OVER}`]);
    expect(note("1-1")).toBe(OVER);
    busy.add("1-1.5");
    await pull("1-1.5");
    expect(note("1-1")).toBeNull();
    nowMs += 3_000;
    await plug("1-1.5");
    nowMs += 300_000;
    await plug("2-1");
    expect(told).toHaveLength(1);
  });

  it("tells again when it gets worse, and when it comes back later", async () => {
    for (const port of [...FOUR, "1-1.5"]) await plug(port);
    await plug("1-1.6");
    expect(told).toHaveLength(2);
    expect(told[1]).toContain("over-committed by 1000 mA");
    await pull("1-1.6");
    await pull("1-1.5");
    nowMs += 61_000;
    await plug("1-1.5");
    expect(told).toHaveLength(3);
  });

  it("sees a supply that the config names anew", async () => {
    for (const port of FOUR) await plug(port);
    supplies = { "1-1": 1500 };
    watch.check();
    expect(told).toEqual([expect.stringContaining("over-committed by 500 mA")]);
  });

  it("names a brown-out, with what the hub had to feed before it", async () => {
    for (const port of [...FOUR, "1-1.5"]) await plug(port);
    told.length = 0;
    nowMs = 1_000_000;
    for (const port of [...FOUR, "1-1.5"]) await pull(port);
    nowMs += 4_000;
    await plug("1-1.1");
    await plug("1-1.2");
    const modems =
      "ZTE MF102 in 1-1.1, ZTE MF102 in 1-1.2, ZTE MF102 in 1-1.3, ZTE MF102 in 1-1.4 and ZTE MF102 in 1-1.5";
    const story = `${modems} vanished within 2 s of each other and came back`;
    expect(told).toEqual([`1-1| power of hub 1-1: looks like a brown-out: ${story}; it is ${OVER}`]);
    nowMs += 240_000;
    expect(note("1-1")).toBe(
      `looks like a brown-out (4 min ago): ${story}; it feeds 1000 mA of 2000 mA, so its supply or cable may be weak; ` +
        "use a hub with a stronger supply, or take something off it",
    );
  });

  it("takes modems for lost only where nothing was being done to them", async () => {
    await plug("1-1.1");
    await plug("1-1.2");
    busy.add("1-1.2");
    await pull("1-1.1");
    await pull("1-1.2");
    nowMs += 2_000;
    await plug("1-1.1");
    await plug("1-1.2");
    expect(told).toEqual([]);
    expect(note("1-1")).toBeNull();
  });
});
