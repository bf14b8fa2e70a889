import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubFacts, HubPath } from "../../../src/hotplug/types.ts";
import { hubPower } from "../../../src/power/budget.ts";
import { overText } from "../../../src/power/describe.ts";
import type { Consumer, HubPower, Supplies } from "../../../src/power/types.ts";
import { consumer, ROOT, thesisHub, USB2_HUB } from "./consumers.ts";

const BUS_POWERED: HubFacts = { ...USB2_HUB, selfPowered: false };

function hub(path: string, consumers: readonly Consumer[], supplies: Supplies = {}, roots = ROOT): HubPower {
  const found = hubPower(consumers, roots, supplies).find((each) => each.hub === path);
  if (found === undefined) throw new Error(`no hub ${path}`);
  return found;
}
const figures = ({ drawnMilliamps, budgetMilliamps, overMilliamps }: HubPower): readonly number[] => [
  drawnMilliamps,
  budgetMilliamps,
  overMilliamps,
];

describe("the thesis's 7-port hub with its 2 A supply", () => {
  it("feeds three modems and three dongles: 1.83 A", () => {
    const power = hub("1-1", thesisHub(), { "1-1": 2000 });
    expect(figures(power)).toEqual([1830, 2000, 0]);
    expect(overText(power)).toBeNull();
  });

  it("is over-committed by 330 mA with a fourth modem, and says by what", () => {
    const power = hub("1-1", thesisHub(4), { "1-1": 2000 });
    expect(figures(power)).toEqual([2330, 2000, 330]);
    expect(overText(power)).toBe(
      "over-committed by 330 mA: 4 × ZTE MF102 at 500 mA and 3 × RT5370 at 110 mA are 2330 mA, and it has 2000 mA",
    );
  });

  it("is taken for one that has the full load for each port, where the config does not say better", () => {
    expect(figures(hub("1-1", thesisHub(4)))).toEqual([2330, 3500, 0]);
  });

  it("feeds the same when it is really two chips in a row, with one supply", () => {
    const twoChips = [
      consumer("1-1", "USB2.0 Hub", 100, USB2_HUB),
      consumer("1-1.4", "USB2.0 Hub", 100, USB2_HUB),
      ...[1, 2, 3].map((n) => consumer(`1-1.${n}`, "ZTE MF102", 500)),
      ...[1, 2, 3].map((n) => consumer(`1-1.4.${n}`, "RT5370", 110)),
    ];
    expect(figures(hub("1-1", twoChips, { "1-1": 2000 }))).toEqual([1930, 2000, 0]);
    // The inner chip by itself is a hub of four full ports; named, it has a supply of its own.
    expect(figures(hub("1-1.4", twoChips, { "1-1": 2000 }))).toEqual([330, 2000, 0]);
    expect(figures(hub("1-1", twoChips, { "1-1": 1500, "1-1.4": 1000 }))).toEqual([1600, 1500, 100]);
  });
});

describe("what a hub can give", () => {
  it.each<[string, HubFacts, number, number]>([
    ["a USB 2 hub with a supply: 500 mA a port", USB2_HUB, 2000, 500],
    ["a USB 3 hub with a supply: 900 mA a port", { ...USB2_HUB, speedMbps: 5000 }, 3600, 900],
    ["a USB 2 hub on the bus: 100 mA a port", BUS_POWERED, 400, 100],
    ["a USB 2 hub of two ports on the bus", { ...BUS_POWERED, ports: 2 }, 200, 100],
    ["a USB 2 hub of seven ports on the bus: no more than the bus has", { ...BUS_POWERED, ports: 7 }, 400, 100],
    ["a USB 3 hub on the bus: 150 mA a port", { ...BUS_POWERED, speedMbps: 10_000 }, 600, 150],
    ["a hub whose number of ports is not known yet: those that are in use", { ...USB2_HUB, ports: 0 }, 500, 500],
  ])("%s", (_, facts, budget, port) => {
    const power = hub("1-1", [consumer("1-1", "Hub", 100, facts), consumer("1-1.2", "Mouse", 50)]);
    expect([power.budgetMilliamps, power.portMilliamps]).toEqual([budget, port]);
  });

  it("root hubs: each of their ports the full load, unless the config names a supply", () => {
    const roots = new Map<HubPath, HubFacts>([
      ["usb1", { ...USB2_HUB, ports: 4 }],
      ["usb2", { ...USB2_HUB, ports: 4, speedMbps: 10_000 }],
    ]);
    const four = [1, 2, 3, 4].map((n) => consumer(`1-${n}`, "Stick", 500));
    const all = [...four, consumer("2-1", "Disk", 896)];
    expect(figures(hub("usb1", all, {}, roots))).toEqual([2000, 2000, 0]);
    expect(figures(hub("usb2", all, {}, roots))).toEqual([896, 3600, 0]);
    // As the Raspberry Pi 3 has it: 1.2 A for all ports together.
    expect(figures(hub("usb1", all, { usb1: 1200 }, roots))).toEqual([2000, 1200, 800]);
  });
});

describe("a hub on the bus", () => {
  const passive = (...milliamps: readonly number[]): readonly Consumer[] => [
    consumer("1-1", "Cheap Hub", 100, BUS_POWERED),
    ...milliamps.map((each, n) => consumer(`1-1.${n + 1}`, `Device ${n + 1}`, each)),
  ];

  it("cannot feed a modem at all", () => {
    const power = hub("1-1", passive(500));
    expect(figures(power)).toEqual([500, 400, 400]);
    expect(overText(power)).toBe("over-committed by 400 mA: it has 100 mA for each port, and feeds Device 1 at 500 mA");
  });

  it("draws from above what hangs on it, and a unit for itself; or what it asks for, if that is more", () => {
    expect(hub("usb1", passive(100, 50)).drawnMilliamps).toBe(250);
    expect(hub("usb1", [consumer("1-1", "Hub", 500, BUS_POWERED), consumer("1-1.1", "Mouse", 50)]).drawnMilliamps).toBe(
      500,
    );
  });

  it("that asks too much of its port is told of once: at itself, not at the hub above it", () => {
    const two = new Map<HubPath, HubFacts>([["usb1", { ...USB2_HUB, ports: 4 }]]);
    expect(hubPower(passive(500, 500), two, {}).map((each) => [each.hub, each.overMilliamps])).toEqual([
      ["1-1", 800],
      ["usb1", 0],
    ]);
  });
});

it("a hub of which nothing is known, and one with nothing on it, are left out", () => {
  expect(hubPower([consumer("3-1", "Stick", 500)], ROOT, {})).toEqual([]);
  expect(hubPower([consumer("1-1", "Hub", 100, USB2_HUB)], ROOT, {}).map((each) => each.hub)).toEqual(["usb1"]);
});

it("whatever hangs where, every figure is a whole number, and a hub is over only if its sum or a port of it is", () => {
  const port = fc
    .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })
    .map((numbers) => `1-${numbers.join(".")}`);
  const facts = fc.record({
    ports: fc.integer({ min: 0, max: 7 }),
    selfPowered: fc.boolean(),
    speedMbps: fc.constantFrom(12, 480, 5000),
  });
  const anything = fc.uniqueArray(
    fc
      .tuple(port, fc.integer({ min: 0, max: 896 }), fc.option(facts, { nil: undefined }))
      .map(([path, milliamps, hubFacts]) => consumer(path, "x", milliamps, hubFacts)),
    { selector: (each) => each.port, maxLength: 30 },
  );
  fc.assert(
    fc.property(anything, fc.dictionary(port, fc.integer({ min: 100, max: 5000 })), (consumers, supplies) => {
      for (const power of hubPower(consumers, ROOT, supplies)) {
        for (const figure of figures(power)) expect(Number.isInteger(figure) && figure >= 0).toBe(true);
        const portIsOver = power.devices.some(({ milliamps }) => milliamps > power.portMilliamps);
        if (power.overMilliamps > 0 && !portIsOver) expect(power.drawnMilliamps).toBeGreaterThan(power.budgetMilliamps);
        if (power.drawnMilliamps > power.budgetMilliamps) expect(power.overMilliamps).toBeGreaterThan(0);
      }
    }),
    { numRuns: 200 },
  );
});
