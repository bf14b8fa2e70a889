import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionsOf } from "../../../src/agent/definitions.ts";
import { arrowBetween, edgesOf, isWithin } from "../../../src/page/chart-edges.ts";
import { type ChartBox, layOutChart } from "../../../src/page/chart-layout.ts";
import { waysOut } from "../../../src/page/ways-out.ts";
import { World } from "../../machines/world.ts";
import { call } from "./entries.ts";

const machines = definitionsOf(new World().agent.logic);
const modem = machines.find(({ id }) => id === "modem");
if (modem === undefined) throw new Error("there is no modem machine");

const contains = (outer: ChartBox, inner: ChartBox): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
const areApart = (a: ChartBox, b: ChartBox): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe("the drawing of a statechart", () => {
  it("has every state within what it is part of, and apart from all others, at every width", () => {
    fc.assert(
      fc.property(fc.integer({ min: 320, max: 1600 }), fc.constantFrom(...machines), (width, { root }) => {
        const { boxes, ...whole } = layOutChart(root, width);
        for (const a of boxes) {
          expect(contains({ ...a, x: 0, y: 0, width: whole.width, height: whole.height }, a)).toBe(true);
          for (const b of boxes) {
            if (a !== b)
              expect([
                a.path,
                b.path,
                isWithin(b.path, a.path) ? contains(a, b) : isWithin(a.path, b.path) || areApart(a, b),
              ]).toEqual([a.path, b.path, true]);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("fits a phone", () => {
    for (const { root } of machines) expect(layOutChart(root, 350).width).toBe(350);
  });

  it("has an arrow only from a state to another, and both are drawn", () => {
    for (const { root } of machines) {
      const paths = layOutChart(root, 400).boxes.map(({ path }) => path);
      for (const { from, to } of edgesOf(root)) {
        expect(paths).toEqual(expect.arrayContaining([from, to]));
        expect(isWithin(from, to) || isWithin(to, from)).toBe(false);
      }
    }
  });

  it("draws there and back as two arrows, and none where two boxes overlap", () => {
    const left = { x: 0, y: 0, width: 40, height: 20 };
    const right = { x: 100, y: 0, width: 40, height: 20 };
    expect(arrowBetween(left, right)).not.toBe(arrowBetween(right, left));
    expect(arrowBetween(left, right)).toMatch(/^M40\.0 [0-9.]+Q70\.0 -?[0-9.]+ 100\.0 [0-9.]+$/);
    expect(arrowBetween(left, left)).toBeNull();
    expect(arrowBetween(left, { x: 5, y: 0, width: 40, height: 20 })).toBeNull();
  });
});

it("tells what can be next, the innermost state's ways first", () => {
  const ways = waysOut(modem.root, call("dialling"));
  const told = ways.map(({ event, targets }) => `${event} → ${targets.join()}`);
  expect(told).toContain("dial done → working.connecting.call.negotiating");
  expect(told.indexOf("dial done → working.connecting.call.negotiating")).toBeLessThan(
    told.indexOf("modem.stop → working.hangingUp"),
  );
  expect(told).not.toContain("after redial → working.connecting.call.registering");
});
