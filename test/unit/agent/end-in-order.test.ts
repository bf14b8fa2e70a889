import { expect, test } from "vitest";
import { endInOrder } from "../../../src/agent/end-in-order.ts";

test("what fails to end, or takes too long, is told of, and all after it is ended in order", async () => {
  const ended: string[] = [];
  const told: string[] = [];
  await endInOrder(
    [
      ["the first", async () => ended.push("first")],
      ["one that hangs", () => new Promise(() => {})],
      ["one that fails", () => Promise.reject(new Error("no such process"))],
      [
        "one that throws",
        () => {
          throw new Error("closed twice");
        },
      ],
      ["the last", () => ended.push("last")],
    ],
    (text) => told.push(text),
    20,
  );
  expect(ended).toEqual(["first", "last"]);
  expect(told).toEqual([
    "one that hangs: not ended: within 20 ms; passed over",
    "one that fails: not ended: no such process",
    "one that throws: not ended: closed twice",
  ]);
});
