import { beforeEach, describe, expect, it } from "vitest";
import type { HubPath, PortPath } from "../../../src/hotplug/types.ts";
import { BrownOuts } from "../../../src/power/brown-outs.ts";
import type { BrownOut } from "../../../src/power/types.ts";

let book: BrownOuts;
beforeEach(() => {
  book = new BrownOuts();
});

const lost = (port: string, atMs: number): void => book.lost(port as PortPath, `modem ${port}`, atMs);
const back = (port: string, atMs: number): BrownOut | null => book.returned(port as PortPath, atMs);
const ports = (found: BrownOut | null): readonly string[] | undefined => found?.modems.map(({ port }) => port);

describe("modems that vanish together and come back by themselves", () => {
  it("are a brown-out of their hub, told at the second one's return, with all who vanished", () => {
    lost("1-1.1", 10_000);
    lost("1-1.2", 11_000);
    lost("1-1.3", 11_900);
    expect(back("1-1.2", 13_000)).toBeNull();
    const found = back("1-1.1", 14_000);
    expect(found).toMatchObject({ hub: "1-1", kind: "together", atMs: 14_000 });
    expect(ports(found)).toEqual(["1-1.1", "1-1.2", "1-1.3"]);
    expect(back("1-1.3", 15_000)).toBeNull();
  });

  it.each([
    ["one hub: that hub", "1-1.3", "1-1.1", "1-1"],
    ["two hubs that hang on one: that one", "1-1.4.2", "1-1.3", "1-1"],
    ["the root hub", "1-2", "1-1.3", "usb1"],
  ])("on %s", (_, one, other, hub) => {
    lost(one, 0);
    lost(other, 500);
    back(one, 1_000);
    expect(back(other, 1_000)?.hub).toBe(hub);
  });

  it.each([
    ["apart from each other", "1-1.2", 2_100, 4_000],
    ["on another bus", "2-1.2", 100, 4_000],
    ["of which one stays away", "1-1.2", 100, 10_200],
  ])("are none when they vanish %s", (_, other, atMs, backMs) => {
    lost("1-1.1", 0);
    lost(other, atMs);
    back("1-1.1", 3_000);
    expect(back(other, backMs)).toBeNull();
  });

  it("are none when one modem vanishes twice", () => {
    lost("1-1.1", 0);
    back("1-1.1", 500);
    lost("1-1.1", 1_000);
    expect(back("1-1.1", 1_500)).toBeNull();
  });
});

describe("a modem that vanishes and comes back again and again", () => {
  const flap = (times: readonly number[]): readonly (BrownOut | null)[] =>
    times.map((atMs) => {
      lost("1-1.3", atMs);
      return back("1-1.3", atMs + 3_000);
    });

  it("is a brown-out at the third time in five minutes", () => {
    expect(flap([0, 100_000, 200_000])).toEqual([
      null,
      null,
      {
        hub: "1-1",
        kind: "repeated",
        atMs: 203_000,
        modems: [{ port: "1-1.3", name: "modem 1-1.3" }],
        times: 3,
      },
    ]);
  });

  it("is none when that takes longer, or when it stayed away in between", () => {
    expect(flap([0, 150_000, 300_000])).toEqual([null, null, null]);
    book = new BrownOuts();
    for (const atMs of [0, 60_000, 120_000]) {
      lost("1-1.3", atMs);
      expect(back("1-1.3", atMs + 11_000)).toBeNull();
    }
  });

  it("is told of once in five minutes, and remembered with its newest count for an hour", () => {
    const told = (times: readonly number[]): readonly number[] => flap(times).map((found) => found?.times ?? 0);
    expect(told([0, 20_000, 40_000, 60_000, 80_000])).toEqual([0, 0, 3, 0, 0]);
    expect(book.of("1-1" as HubPath, 90_000)).toMatchObject({ times: 5, atMs: 83_000 });
    expect(book.of("1-1" as HubPath, 83_000 + 3_600_000)).not.toBeNull();
    expect(book.of("1-1" as HubPath, 83_000 + 3_600_001)).toBeNull();
    expect(book.of("usb1", 90_000)).toBeNull();
    expect(told([350_000, 370_000])).toEqual([3, 0]);
  });
});

it("what was never lost does not come back", () => {
  expect(back("1-1.3", 0)).toBeNull();
});
