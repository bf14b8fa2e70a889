import { describe, expect, it } from "vitest";
import { parseFinalResult } from "../../../src/at/final-result.ts";

const verbose = { dialling: false, numeric: false };
const dialling = { dialling: true, numeric: true };

describe("final result codes", () => {
  it.each([
    ["OK", { kind: "OK" }],
    ["ERROR", { kind: "ERROR" }],
    ["COMMAND NOT SUPPORT", { kind: "ERROR" }],
    ["+CME ERROR: 10", { kind: "CME", code: 10, text: "10" }],
    ["+CME ERROR: SIM not inserted", { kind: "CME", code: null, text: "SIM not inserted" }],
    ["+CMS ERROR: 310", { kind: "CMS", code: 310, text: "310" }],
    ["+CME ERROR:14", { kind: "CME", code: 14, text: "14" }],
  ])("%s ends any command", (line, final) => {
    expect(parseFinalResult(line, verbose)).toEqual(final);
  });

  it.each([
    ["CONNECT", { kind: "CONNECT", speed: null }],
    ["CONNECT 21600000", { kind: "CONNECT", speed: "21600000" }],
    ["CONNECT 460800/RLP", { kind: "CONNECT", speed: "460800/RLP" }],
    ["NO CARRIER", { kind: "NO CARRIER" }],
    ["NO DIAL TONE", { kind: "NO DIALTONE" }],
    ["BUSY", { kind: "BUSY" }],
    ["NO ANSWER", { kind: "NO ANSWER" }],
    ["1", { kind: "CONNECT", speed: null }],
    ["3", { kind: "NO CARRIER" }],
    ["7", { kind: "BUSY" }],
  ])("%s ends a call", (line, final) => {
    expect(parseFinalResult(line, dialling)).toEqual(final);
  });

  it("does not take the results of a call for those of another command", () => {
    expect(parseFinalResult("NO CARRIER", verbose)).toBeNull();
    expect(parseFinalResult("3", { dialling: false, numeric: true })).toBeNull();
  });

  it("takes lone digits for OK and ERROR only where no answer can be one", () => {
    expect(parseFinalResult("0", { dialling: false, numeric: true })).toEqual({ kind: "OK" });
    expect(parseFinalResult("4", { dialling: false, numeric: true })).toEqual({ kind: "ERROR" });
    expect(parseFinalResult("0", verbose)).toBeNull();
  });

  it.each(["OKAY", "+CSQ: 1,99", "CONNECTED", "RING", "2", ""])("%j is none", (line) => {
    expect(parseFinalResult(line, dialling)).toBeNull();
  });
});
