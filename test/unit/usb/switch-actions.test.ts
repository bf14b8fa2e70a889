import { expect, test } from "vitest";
import type { SwitchStep } from "../../../src/rules/types.ts";
import { actionsOf } from "../../../src/usb/switch-actions.ts";

/** Golden bytes per method: what goes over the bus, as usb_modeswitch sends it but for the tags of the eject. */
test.each<[string, SwitchStep, readonly string[]]>([
  [
    "standardEject",
    { method: "standardEject" },
    [
      "55534243010100000000000000000" + "61e000000000000000000000000000000",
      "55534243010200000000000000000" + "61b000000020000000000000000000000",
      "55534243020100000000000000010" + "61e000000000000000000000000000000",
      "55534243020200000000000000010" + "61b000000020000000000000000000000",
    ],
  ],
  ["huaweiNew", { method: "huaweiNew" }, ["55534243123456780000000000000011062000000101000100000000000000"]],
  ["option", { method: "option" }, ["55534243123456780000000000000601000000000000000000000000000000"]],
  ["messages", { method: "messages", messages: ["1b5a01", "0F00010142"] }, ["1b5a01", "0f00010142"]],
  ["huawei", { method: "huawei" }, ["huaweiControl"]],
  ["configuration", { method: "configuration", value: 3 }, ["configuration 3"]],
])("%s", (_name, step, expected) => {
  const sent = actionsOf(step).map((action) => {
    if (action.kind === "bulk") return Buffer.from(action.message).toString("hex");
    return action.kind === "configuration" ? `configuration ${action.value}` : action.kind;
  });
  expect(sent).toEqual(expected);
});

test("allowing removal does not switch, ejecting does", () => {
  const switches = actionsOf({ method: "standardEject" }).map((action) => action.kind === "bulk" && action.switches);
  expect(switches).toEqual([false, true, false, true]);
});

test.each<[string, SwitchStep]>([
  ["half a byte", { method: "messages", messages: ["1b5a0"] }],
  ["no hexadecimal", { method: "messages", messages: ["1b5x"] }],
  ["nothing", { method: "messages", messages: [""] }],
  ["2 KiB", { method: "messages", messages: ["00".repeat(2048)] }],
  ["configuration 0", { method: "configuration", value: 0 }],
])("%s is not sent", (_name, step) => {
  expect(() => actionsOf(step)).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ kind: "SwitchUnsupported" }) }),
  );
});
