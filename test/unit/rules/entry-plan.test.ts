import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SwitchStep } from "../../../src/rules/types.ts";
import { planOf } from "../../../src/rules/usb-modeswitch/entry-plan.ts";
import { parseEntryText } from "../../../src/rules/usb-modeswitch/entry-text.ts";

const plan = (text: string) => planOf(parseEntryText(text), "1234:5678", "1234:5678");

/** The steps, or in words why there are none. */
function steps(text: string): unknown {
  const outcome = plan(text);
  return outcome.kind === "plan" ? outcome.plan.steps : outcome;
}

const HUAWEI_NEW = "55534243123456780000000000000011062000000101000100000000000000";
const MESSAGE = "555342431234567800000000000006bd000000020000000000000000000000";

describe("an entry's method becomes steps", () => {
  it.each([
    ["StandardEject=1", [{ method: "standardEject" }]],
    ["HuaweiNewMode=1", [{ method: "messages", messages: [HUAWEI_NEW] }]],
    [
      "OptionMode=yes",
      [{ method: "messages", messages: ["55534243123456780000000000000601000000000000000000000000000000"] }],
    ],
    ["DetachStorageOnly=1", [{ method: "detach" }]],
    ["Configuration=0x03", [{ method: "configuration", value: 3 }]],
    [`MessageContent="${MESSAGE}"`, [{ method: "messages", messages: [MESSAGE] }]],
    [`MessageContent=${MESSAGE}`, [{ method: "messages", messages: [MESSAGE] }]],
    ['MessageEndpoint=0x02\nMessageContent="01B0"', [{ method: "messages", messages: ["01b0"], endpoint: 2 }]],
    [
      'MessageContent="aa"\nMessageContent2="bb"\nMessageContent3="cc"',
      [{ method: "messages", messages: ["aa", "bb", "cc"] }],
    ],
    ["StandardEject=0\nHuaweiNewMode=1", [{ method: "messages", messages: [HUAWEI_NEW] }]],
  ])("%s", (text, expected) => {
    expect(steps(text)).toEqual(expected);
  });
});

/** Golden requests: bmRequestType, bRequest, wValue, wIndex, then data sent or the number of bytes asked for. */
describe("a special mode becomes control requests", () => {
  it.each([
    ["HuaweiMode=1", ["00 03 0001 0000"]],
    ["SierraMode=1", ["40 0b 0001 0000, may fail"]],
    ["SequansMode=1", ["40 0b 0002 0000"]],
    ["QisdaMode=1", ["40 04 0000 0000 058c0408a0ee20005c01040898cdeabf"]],
    ["QuantaMode=1", ["c0 ff 0000 0000 0"]],
    ["KobilMode=1", ["detach", "c0 88 0000 0000 8"]],
    ["GCTMode=1", ["detach", "a1 a0 0000 0000 1, may fail", "a1 fe 0000 0000 1"]],
    ["BlackberryMode=1", ["detach", "c0 b1 0000 0000 8, may fail", "c0 a9 000e 0000 2"]],
    ["PantechMode=1", ["detach"]],
    ["PantechMode=2", ["detach", "40 70 0002 0000"]],
    ["PantechMode=4", ["detach", "40 70 0004 0000"]],
    ["SonyMode=1\nConfiguration=2", ["detach", "c0 11 0002 0000 3", "configuration"]],
  ])("%s", (text, expected) => {
    const outcome = plan(text);
    expect(outcome.kind === "plan" && outcome.plan.steps.map(written)).toEqual(expected);
  });

  function written(step: SwitchStep): string {
    if (step.method !== "control") return step.method;
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
    const setup = [hex(step.requestType, 2), hex(step.request, 2), hex(step.value, 4), hex(step.index, 4)];
    const line = [...setup, step.data ?? step.length ?? ""].join(" ").trimEnd();
    return step.mayFail ? `${line}, may fail` : line;
  }
});

describe("the mode of Cisco's AM10", () => {
  it("is eleven commands in their order and a rest before the device is let go", () => {
    const outcome = plan("CiscoMode=1");
    const [messages, rest, ...more] = outcome.kind === "plan" ? outcome.plan.steps : [];
    if (messages?.method !== "messages") throw new Error("no messages");
    // Of each the command block itself.
    expect(messages.messages.map((hex) => hex.slice(30, 48))).toEqual([
      "fd0000000300000001",
      "fd0000000700000001",
      "fd0001000710000000",
      "fd0002002300000001",
      "fd0003002382000000",
      "fd0002002600000001",
      "fd00030026c8000000",
      "fd0000107300000001",
      "fd0002002400000001",
      "fd0003002413000000",
      "fd0001107324000000",
    ]);
    expect([rest, more]).toEqual([{ method: "wait", ms: 2000 }, []]);
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
      [{ method: "messages", messages: [HUAWEI_NEW] }],
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
    ["MobileActionMode=1", { kind: "missing", setting: "MobileActionMode" }],
    ["ModeOfTomorrowMode=1", { kind: "missing", setting: "ModeOfTomorrowMode" }],
    ["StandardEject=1\nAltSetting=1", { kind: "missing", setting: "AltSetting" }],
    ["HuaweiMode=1\nResetUSB=1", { kind: "missing", setting: "ResetUSB" }],
    ["StandardEject=1\nInterface=0x02", { kind: "missing", setting: "Interface" }],
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

  it("waits before it, and before it lets go, in milliseconds", () => {
    expect(steps("StandardEject=1\nWaitBefore=2\nReleaseDelay=4000\nConfiguration=2")).toEqual([
      { method: "wait", ms: 2000 },
      { method: "standardEject" },
      { method: "wait", ms: 4000 },
      { method: "configuration", value: 2 },
    ]);
  });

  it("never waits longer than an attempt may take, nor for what is no number", () => {
    expect(steps("StandardEject=1\nWaitBefore=10\nReleaseDelay=long")).toEqual([
      { method: "wait", ms: 8000 },
      { method: "standardEject" },
    ]);
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
        expect(outcome.plan.steps.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
