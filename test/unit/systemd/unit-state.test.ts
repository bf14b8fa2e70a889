import fc from "fast-check";
import { expect, it } from "vitest";
import { parseUnitState } from "../../../src/systemd/unit-state.ts";

const shown = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    ...{ Result: "success", NRestarts: "0", LoadState: "loaded", ActiveState: "active", SubState: "running" },
    ...{ UnitFileState: "enabled" },
    ...changes,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

it("reads a unit that runs, and one that is started again and again", () => {
  const running = { file: "enabled", active: "active", sub: "running", result: "success", restarts: 0 };
  expect(parseUnitState(shown())).toEqual(running);
  const ending = { ActiveState: "activating", SubState: "auto-restart", Result: "exit-code", NRestarts: "17" };
  expect(parseUnitState(shown(ending))).toEqual({
    ...{ file: "enabled", active: "activating", sub: "auto-restart", result: "exit-code", restarts: 17 },
  });
});

it("knows a unit that is not there from one that does not run", () => {
  // systemd 257 says of a unit that it has never heard of: inactive, dead, not-found.
  const unknown = { LoadState: "not-found", ActiveState: "inactive", SubState: "dead", UnitFileState: "" };
  expect(parseUnitState(shown(unknown))).toBeNull();
  expect(parseUnitState(shown({ ...unknown, LoadState: "masked", UnitFileState: "masked" }))?.file).toBe("masked");
});

it("makes nothing of what is no answer", () => {
  expect(parseUnitState("")).toBeNull();
  expect(parseUnitState("System has not been booted with systemd as init system (PID 1).")).toBeNull();
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const state = parseUnitState(text);
      if (state !== null) expect(`${state.file}${state.active}${state.sub}${state.result}`).toMatch(/^[a-z0-9-]*$/);
    }),
  );
});
