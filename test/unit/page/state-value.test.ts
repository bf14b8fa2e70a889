import fc from "fast-check";
import { expect, it } from "vitest";
import { stateText } from "../../../src/journal/state-text.ts";
import { activeIn, stateValueOf } from "../../../src/page/state-value.ts";

const name = fc.stringMatching(/^[a-z][A-Za-z]{0,8}$/);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, name, fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 3 })),
}));

it("reads every state value back from its text", () => {
  fc.assert(
    fc.property(value, (state) => {
      expect(stateText(stateValueOf(stateText(state)))).toBe(stateText(state));
    }),
  );
});

it("gives the shape that XState gives it", () => {
  expect(stateValueOf("empty")).toBe("empty");
  expect(stateValueOf("occupied.serving")).toEqual({ occupied: "serving" });
  expect(stateValueOf("a.b.c + a.d")).toEqual({ a: { b: "c", d: {} } });
});

it("names all that is active, from the outermost in", () => {
  expect([...activeIn("a.b.c + a.d")]).toEqual(["a", "a.b", "a.b.c", "a.d"]);
});
