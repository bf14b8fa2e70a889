import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePorts } from "../../../src/cli/port-order.ts";
import { renderEvent } from "../../../src/cli/render-event.ts";
import { chooseStyle, coloured, plain } from "../../../src/cli/style.ts";
import { cut, fill, textWidth, wrap } from "../../../src/cli/text-width.ts";
import { ageText, ageWords, clockText } from "../../../src/cli/time-text.ts";
import type { PortPath } from "../../../src/hotplug/types.ts";

const NOW = new Date("2026-01-05T14:00:00.000Z");
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

describe("time for a person", () => {
  it.each([
    [0, "0s", "0 seconds"],
    [1, "1s", "1 second"],
    [59, "59s", "59 seconds"],
    [60, "1m", "1 minute"],
    [119, "1m", "1 minute"],
    [3600, "1h", "1 hour"],
    [8040, "2h14m", "2 hours 14 minutes"],
    [86_400 * 3 + 3600 * 4 + 5, "3d4h", "3 days 4 hours"],
    [-30, "0s", "0 seconds"],
  ])("%i s ago is %s, or %s", (seconds, short, words) => {
    expect(ageText(ago(seconds), NOW)).toBe(short);
    expect(ageWords(ago(seconds), NOW)).toBe(words);
  });

  it("is shown on the clock of the place", () => {
    expect(clockText("2026-01-05T23:30:00.123Z", 60)).toBe("2026-01-06 00:30:00.123");
    expect(clockText("yesterday")).toBe("?");
    expect(ageText("yesterday", NOW)).toBe("?");
  });
});

describe("text in columns", () => {
  it.each([
    ["abc", 3],
    ["中国移动", 8],
    ["é", 1],
    ["e\u0301", 1],
    ["📶", 2],
  ])("%s takes %i", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it("is cut and filled to exactly the width, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 60 }), (text, columns) => {
        expect(textWidth(cut(text, columns))).toBeLessThanOrEqual(columns);
        expect(textWidth(fill(text, columns))).toBe(columns);
      }),
    );
  });

  it("is wrapped without loss, in lines that fit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), fc.integer({ min: 1, max: 60 }), (text, columns) => {
        const lines = wrap(text, columns);
        expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});

describe("ports", () => {
  it("are ordered as a person counts", () => {
    const ports = ["2-1", "1-1.10", "1-1.2.1", "1-10", "1-1.2", "1-2", "1-1"];
    expect(ports.sort(comparePorts)).toEqual(["1-1", "1-1.2", "1-1.2.1", "1-1.10", "1-2", "1-10", "2-1"]);
  });
});

describe("colour", () => {
  it.each([
    [true, {}, coloured],
    [false, {}, plain],
    [true, { NO_COLOR: "1" }, plain],
    [true, { NO_COLOR: "" }, coloured],
    [true, { TERM: "dumb" }, plain],
  ])("terminal %s with %j", (isTty, environment, style) => {
    expect(chooseStyle(isTty, environment)).toBe(style);
  });
});

describe("an event's line", () => {
  const entry = { seq: 1, time: "2026-01-05T14:02:07.123Z", port: "1-1.3" as PortPath };

  it("names time, port, change and cause", () => {
    const data = { cause: "registration.changed" };
    expect(renderEvent({ ...entry, topic: "transition", text: "modem: registering → dialling", data }, plain, 0)).toBe(
      "2026-01-05 14:02:07.123  1-1.3    modem: registering → dialling (registration.changed)",
    );
  });

  it("passes no escape sequence on", () => {
    const line = renderEvent({ ...entry, port: null, topic: "agent", text: "a\u001b]0;x\u0007b" }, plain, 0);
    expect(line).toBe("2026-01-05 14:02:07.123  -        a·]0;x·b");
  });
});
