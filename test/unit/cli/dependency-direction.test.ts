import { describe, expect, it } from "vitest";
// @ts-expect-error: a plain script of the check, without types.
import { findCycle, importsOf, objection } from "../../dependency-direction.mjs";

describe("the check of dependency directions", () => {
  it("sees every way to import", () => {
    const text = `import a from "./a.ts";
import type { B } from "./b.ts";
import {
  c,
  type D,
} from "./c.ts";
import "./e.ts";
export { f } from "./f.ts";
export type { G } from "./g.ts";
export * from "./h.ts";
const i = await import("./i.ts");
export const from = "./no.ts";
// import no from "./comment.ts";
`;
    expect(
      importsOf(text).map(({ specifier, typeOnly }: { specifier: string; typeOnly: boolean }) => [specifier, typeOnly]),
    ).toEqual([
      ["./a.ts", false],
      ["./b.ts", true],
      ["./c.ts", false],
      ["./e.ts", false],
      ["./f.ts", false],
      ["./g.ts", true],
      ["./h.ts", false],
      ["./i.ts", false],
    ]);
  });

  it.each([
    ["machines/modem/machine.ts", "xstate", false, true],
    ["machines/modem/machine.ts", "machines/failure.ts", false, true],
    ["machines/modem/machine.ts", "src/hotplug/types.ts", false, true],
    ["machines/modem/machine.ts", "src/hotplug/watch.ts", true, false],
    ["machines/modem/machine.ts", "node:fs", false, false],
    ["machines/modem/machine.ts", "execa", true, false],
    ["src/cli/a.ts", "src/inspector/client.ts", false, true],
    ["src/cli/a.ts", "src/cli/doctor/b.ts", false, true],
    ["src/cli/a.ts", "src/net/types.ts", false, true],
    ["src/cli/a.ts", "src/net/reconciler.ts", false, false],
    ["src/net/a.ts", "machines/failure.ts", false, true],
    ["src/net/a.ts", "machines/uplinks/machine.ts", true, false],
    ["src/ppp/a.ts", "machines/daemon/effects.ts", true, true],
    ["src/ppp/a.ts", "machines/daemon/effects.ts", false, false],
    ["src/agent/a.ts", "machines/agent/machine.ts", false, true],
    ["src/agent/a.ts", "src/main.ts", false, false],
    ["src/main.ts", "src/agent/a.ts", false, true],
    ["src/unheard-of/a.ts", "src/net/types.ts", false, false],
    ["src/net/a.ts", "test/bus/b.ts", false, false],
    ["test/unit/a.ts", "src/net/reconciler.ts", false, true],
    ["test/unit/a.ts", "src/main.ts", false, false],
  ])("%s → %s (types only: %s): allowed %s", (from, to, typeOnly, allowed) => {
    expect(objection(from, to, typeOnly) === null).toBe(allowed);
  });

  it("finds a cycle, and none where there is none", () => {
    const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges));
    expect(findCycle(graph({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual(["b", "c", "b"]);
    expect(findCycle(graph({ a: ["b", "c"], b: ["c"], c: [] }))).toBeNull();
  });
});
