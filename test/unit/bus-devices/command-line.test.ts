import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parameters, parseCommandLine } from "../../bus/devices/serial/command-line.ts";

const short = (line: string): string[] | null =>
  parseCommandLine(line)?.map(({ name, kind, argument }) => `${name} ${kind} ${argument}`.trim()) ?? null;

describe("a command line", () => {
  it.each([
    ["ATZ", ["Z execute"]],
    ["at", []],
    [
      "ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0",
      ["Q execute 0", "V execute 1", "E execute 1", "S0 set 0", "&C execute 1", "&D execute 2", "+FCLASS set 0"],
    ],
    ["AT+CPIN?", ["+CPIN read"]],
    ["AT+CREG=?", ["+CREG test"]],
    ['AT+CGDCONT=1,"IP","a;b";+CSQ', ['+CGDCONT set 1,"IP","a;b"', "+CSQ execute"]],
    ["ATE0;^ICCID?", ["E execute 0", "^ICCID read"]],
    ["ATDT*99***1#", ["D execute T*99***1#"]],
    ["atd*99#", ["D execute *99#"]],
    ["hello", null],
    ["~\u007f}#", null],
  ])("%s", (line, expected) => expect(short(line)).toEqual(expected));

  it("of any bytes is taken apart without losing one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const body = Buffer.from(bytes)
          .toString("latin1")
          .replaceAll(/[\r\n]/g, "");
        const commands = parseCommandLine(`AT${body}`) ?? [];
        for (const { raw } of commands) expect(raw.length).toBeGreaterThan(0);
        const kept = (text: string): string => text.replaceAll(/[\s;]/g, "");
        expect(kept(commands.map(({ raw }) => raw).join(""))).toBe(kept(body));
      }),
      { numRuns: 300 },
    );
  });

  it("has parameters with and without quotes", () => {
    expect(parameters('1,"IP","internet"')).toEqual(["1", "IP", "internet"]);
    expect(parameters('1,,"a,b"')).toEqual(["1", "", "a,b"]);
    expect(parameters("")).toEqual([""]);
  });
});
