import { describe, expect, it } from "vitest";
import { stateChange, stateText } from "../../../src/journal/state-text.ts";

describe("a state in words", () => {
  it.each([
    ["online", "online"],
    [{ working: { call: "ready" } }, "working.call.ready"],
    [{ a: "x", b: { c: "y" } }, "a.x + b.c.y"],
    [{ idle: {} }, "idle"],
    [undefined, ""],
  ])("%j is %s", (value, text) => {
    expect(stateText(value)).toBe(text);
  });

  it.each([
    ["registering", "dialling", { from: "registering", to: "dialling" }],
    ["online", "online", null],
    [undefined, "identifying", { from: "", to: "identifying" }],
    [
      { up: { call: "ready", watch: "on" } },
      { up: { call: "dialling", watch: "on" } },
      { from: "ready", to: "dialling" },
    ],
    [{ up: { call: "ready", watch: "on" } }, "resting", { from: "up.call.ready + up.watch.on", to: "resting" }],
    [{ up: "a" }, { up: { a: "deep" } }, { from: "a", to: "a.deep" }],
  ])("from %j to %j: %j", (before, after, change) => {
    expect(stateChange(before, after)).toEqual(change);
  });
});
