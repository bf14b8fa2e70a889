import { expect, test } from "vitest";
import type { SwitchStep } from "../../../src/rules/types.ts";
import { actionsOf, type SwitchAction } from "../../../src/usb/switch-actions.ts";

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
  ["messages", { method: "messages", messages: ["1b5a01", "0F00010142"] }, ["1b5a01", "0f00010142"]],
  [
    "a request with data",
    { method: "control", requestType: 0x40, request: 4, value: 0x100, index: 2, data: "05ff" },
    ["control vendor device 4 256 2 05ff"],
  ],
  [
    "a request without",
    { method: "control", requestType: 0x00, request: 3, value: 1, index: 0 },
    ["control standard device 3 1 0"],
  ],
  [
    "a request for data",
    { method: "control", requestType: 0xa1, request: 0xfe, value: 0, index: 1, length: 1 },
    ["control class interface 254 0 1 1"],
  ],
  ["configuration", { method: "configuration", value: 3 }, ["configuration 3"]],
  ["detach", { method: "detach" }, ["detach"]],
  ["wait", { method: "wait", ms: 20 }, ["wait 20"]],
])("%s", (_name, step, expected) => {
  expect(actionsOf(step).map(written)).toEqual(expected);
});

function written(action: SwitchAction): string {
  switch (action.kind) {
    case "bulk":
      return Buffer.from(action.message).toString("hex");
    case "control": {
      const { requestType, recipient, request, value, index } = action.setup;
      const data = typeof action.data === "number" ? action.data : Buffer.from(action.data).toString("hex");
      return `control ${requestType} ${recipient} ${[request, value, index, data].join(" ")}`.trimEnd();
    }
    case "configuration":
      return `configuration ${action.value}`;
    case "wait":
      return `wait ${action.ms}`;
    case "detach":
    case "program":
      return action.kind;
  }
}

test("allowing removal does not switch, ejecting does", () => {
  const switches = actionsOf({ method: "standardEject" }).map((action) => action.kind === "bulk" && action.switches);
  expect(switches).toEqual([false, true, false, true]);
});

test.each<[string, SwitchStep]>([
  ["half a byte", { method: "messages", messages: ["1b5a0"] }],
  ["no hexadecimal", { method: "messages", messages: ["1b5x"] }],
  ["nothing", { method: "messages", messages: [""] }],
  ["2 KiB", { method: "messages", messages: ["00".repeat(2048)] }],
  ["a request to nobody", { method: "control", requestType: 0x1f, request: 1, value: 0, index: 0 }],
  ["configuration 0", { method: "configuration", value: 0 }],
])("%s is not sent", (_name, step) => {
  expect(() => actionsOf(step)).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ kind: "SwitchUnsupported" }) }),
  );
});
