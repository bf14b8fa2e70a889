import { expect, test } from "vitest";
import { median, millisecondsText, quantile, secondsText, table } from "../../bench/statistics.ts";

test("the median is the middle, or the mean of the two in the middle, in whatever order they come", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("a quantile lies between the nearest ranks", () => {
  expect(quantile([0, 10, 20, 30, 40], 0.9)).toBe(36);
  expect(quantile([7], 0.9)).toBe(7);
});

test("figures are written as median and extremes", () => {
  expect(secondsText([1000, 3000, 2000])).toBe("2.00 s (1.00–3.00)");
  expect(millisecondsText([90, 240, 120])).toBe("120 ms (90–240)");
});

test("a table has a head, a rule and its rows", () => {
  expect(
    table([
      ["a", "b"],
      ["1", "2"],
    ]),
  ).toBe("| a | b |\n| --- | --- |\n| 1 | 2 |");
});
