import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planOf } from "../../../src/rules/usb-modeswitch/entry-plan.ts";
import { parseEntryText } from "../../../src/rules/usb-modeswitch/entry-text.ts";

const plan = (text: string) => planOf(parseEntryText(text), "1234:5678", "1234:5678");

/** The steps, or in words why there are none. */
function steps(text: string): unknown {
  const outcome = plan(text);
  return outcome.kind === "plan" ? outcome.plan.steps : outcome;
}

const MESSAGE = "555342431234567800000000000006bd000000020000000000000000000000";

describe("an entry's method becomes steps", () => {
  it.each([
    ["StandardEject=1", [{ method: "standardEject" }]],
    ["HuaweiMode=1", [{ method: "huawei" }]],
    ["HuaweiNewMode=1", [{ method: "huaweiNew" }]],
    ["OptionMode=yes", [{ method: "option" }]],
    ["Configuration=0x03", [{ method: "configuration", value: 3 }]],
    [`MessageContent="${MESSAGE}"`, [{ method: "messages", messages: [MESSAGE] }]],
    [`MessageContent=${MESSAGE}`, [{ method: "messages", messages: [MESSAGE] }]],
    ['MessageEndpoint=0x02\nMessageContent="01B0"', [{ method: "messages", messages: ["01b0"], endpoint: 2 }]],
    [
      'MessageContent="aa"\nMessageContent2="bb"\nMessageContent3="cc"',
      [{ method: "messages", messages: ["aa", "bb", "cc"] }],
    ],
    ["StandardEject=0\nHuaweiNewMode=1", [{ method: "huaweiNew" }]],
  ])("%s", (text, expected) => {
    expect(steps(text)).toEqual(expected);
  });
});

describe("combined methods go in usb_modeswitch's order", () => {
  it.each([
    [
      "the eject sequence goes before the message, whatever is written first",
      'MessageContent="aa"\nStandardEject=1',
      [{ method: "standardEject" }, { method: "messages", messages: ["aa"] }],
    ],
    [
      "beside an eject only one message counts",
      'StandardEject=1\nMessageContent="aa"\nMessageContent2="bb"',
      [{ method: "standardEject" }, { method: "messages", messages: ["aa"] }],
    ],
    [
      "a special mode makes messages void",
      'HuaweiNewMode=1\nStandardEject=1\nMessageContent="aa"',
      [{ method: "huaweiNew" }],
    ],
    [
      "the configuration comes last",
      "Configuration=2\nStandardEject=1",
      [{ method: "standardEject" }, { method: "configuration", value: 2 }],
    ],
    ["a second message without the first is not sent", 'MessageContent2="bb"', { kind: "nothing" }],
    [
      "the first of two equal names counts",
      "Configuration=2\nConfiguration=3",
      [{ method: "configuration", value: 2 }],
    ],
  ])("%s", (_, text, expected) => {
    expect(steps(text)).toEqual(expected);
  });
});

describe("an entry that we cannot follow says why", () => {
  it.each([
    ["SierraMode=1", { kind: "missing", method: "SierraMode" }],
    ["SonyMode=1\nConfiguration=2", { kind: "missing", method: "SonyMode" }],
    ["PantechMode=2", { kind: "missing", method: "PantechMode" }],
    ["StandardEject=1\nAltSetting=1", { kind: "missing", method: "AltSetting" }],
    ["DetachStorageOnly=1", { kind: "missing", method: "DetachStorageOnly" }],
    ["Configuration=0", { kind: "nothing" }],
    ["# only a comment", { kind: "nothing" }],
    ["DetachStorageOnly=0\nInterface=0x00\nNeedResponse=1", { kind: "nothing" }],
    ["HuaweiMode=1\nOptionMode=1", { kind: "broken", reason: "several special modes: HuaweiMode, OptionMode" }],
    ['MessageContent="abc"', { kind: "broken", reason: "MessageContent is not pairs of hex digits" }],
    ["Configuration=many", { kind: "broken", reason: "Configuration is no number" }],
  ])("%s", (text, expected) => {
    expect(steps(text)).toEqual(expected);
  });
});

describe("what the device comes back as, and when", () => {
  it.each([
    ["TargetVendor= 0x19d2\nTargetProduct=0x0031", ["19d2:0031"]],
    ['TargetVendor=0x0AF0\nTargetProductList="00a1,00A2"', ["0af0:00a1", "0af0:00a2"]],
    ['TargetVendor=0x19d2\nTargetProduct=0x0001\nTargetProductList="0002"', ["19d2:0002"]],
    ["TargetClass=0xff", ["1234:5678"]],
    ["TargetProduct=0x0031", []],
    ["", []],
  ])("%s", (text, targets) => {
    const outcome = plan(`StandardEject=1\n${text}`);
    expect(outcome.kind === "plan" && outcome.plan.targets).toEqual(targets);
  });

  it("keeps the times, in milliseconds", () => {
    const outcome = plan("StandardEject=1\nWaitBefore=10\nReleaseDelay=4000");
    expect(outcome.kind === "plan" && outcome.plan).toMatchObject({ waitBeforeMs: 10_000, releaseDelayMs: 4000 });
  });
});

describe("the text of an entry", () => {
  it("takes its title from the first comment, and knows three comment signs", () => {
    const { title, settings } = parseEntryText(
      "#ZTE-T A356\n; no=1\n!no=2\n\tTargetClass=0xff # class\nWaitBefore=2;x\n",
    );
    expect(title).toBe("ZTE-T A356");
    expect([...settings]).toEqual([
      ["TargetClass", "0xff"],
      ["WaitBefore", "2"],
    ]);
  });

  it("may be anything at all: it never throws and never makes an empty or unbounded plan", () => {
    const name = fc.constantFrom("StandardEject", "MessageContent", "Configuration", "OptionMode", "TargetVendor", "x");
    const line = fc.tuple(name, fc.string({ maxLength: 40 })).map(([key, value]) => `${key}=${value}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string({ maxLength: 3000 })), { maxLength: 10 }), (lines) => {
        const outcome = plan(lines.join("\n"));
        if (outcome.kind !== "plan") return;
        expect(outcome.plan.steps.length).toBeGreaterThan(0);
        expect(outcome.plan.steps.length).toBeLessThanOrEqual(3);
      }),
    );
  });
});
