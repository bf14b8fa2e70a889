import { describe, expect, it } from "vitest";
import { checkBatch } from "../../../src/net/ip-batch.ts";

const ended = (exitCode: number | null, stderr: string) => ({ exitCode, stdout: "", stderr });
const LINES = [
  "rule add from all lookup 254 suppress_prefixlength 0 pref 16999 protocol 119",
  "route replace default dev ppp0 table 27001 proto 119",
  "rule del from 10.0.2.2 lookup 27002 pref 17302 protocol 119",
  "route del default dev ppp1 table 27002 proto 119",
];

describe("the end of a batch", () => {
  it("is good when ip says nothing", () => {
    expect(checkBatch(LINES, ended(0, ""))).toEqual([]);
  });

  it("is good when an object was already there, or already gone", () => {
    const stderr = [
      "RTNETLINK answers: File exists",
      "Command failed -:1",
      "RTNETLINK answers: No such file or directory",
      "Command failed -:3",
      "Error: FIB table does not exist.",
      "Command failed -:4",
      "",
    ].join("\n");
    expect(checkBatch(LINES, ended(255, stderr))).toEqual([]);
    expect(checkBatch(LINES, ended(1, 'Cannot find device "ppp1"\nCommand failed -:4\n'))).toEqual([]);
    expect(checkBatch(LINES, ended(1, "RTNETLINK answers: No such process\nCommand failed -:4\n"))).toEqual([]);
  });

  it.each(['Cannot find device "ppp0"', "RTNETLINK answers: Network is down", "RTNETLINK answers: No such device"])(
    "tells which route has lost its interface: %s",
    (message) => {
      expect(checkBatch(LINES, ended(255, `${message}\nCommand failed -:2\n`))).toEqual([{ line: LINES[1], message }]);
    },
  );

  it.each([
    ["RTNETLINK answers: Operation not permitted\nCommand failed -:1\n", /rule add from all.*Operation not permitted/],
    ["RTNETLINK answers: File exists\nCommand failed -:2\n", /route replace default dev ppp0.*File exists/],
    ['Error: either "to" is duplicate, or "bogus" is a garbage.\n', /garbage/],
    ["RTNETLINK answers: File exists\nCommand failed -:1\nError: argument is wrong\n", /argument is wrong/],
    ["", /ended with 255/],
  ])("is a failure that says why: %j", (stderr, reason) => {
    expect(() => checkBatch(LINES, ended(255, stderr))).toThrow(reason);
    expect(() => checkBatch(LINES, ended(255, stderr))).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ kind: "SystemRefused" }) }),
    );
  });

  it("is a failure when ip was killed, whatever it had said", () => {
    const stderr = "RTNETLINK answers: File exists\nCommand failed -:1\n";
    expect(() => checkBatch(LINES, ended(null, stderr))).toThrow(/a signal/);
  });
});
