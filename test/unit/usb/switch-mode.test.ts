import { describe, expect, test } from "vitest";
import type { UsbDevice } from "../../../src/hotplug/types.ts";
import type { SwitchStep } from "../../../src/rules/types.ts";
import { SPECIAL_MODES } from "../../../src/rules/usb-modeswitch/special-modes.ts";
import { makeSwitchMode } from "../../../src/usb/switch-mode.ts";
import { FakeStick } from "./fake-stick.ts";

const device = { port: "1-1.3", address: 7, vendorId: 0x1199, productId: 0x0fff } as UsbDevice;
const signal = (): AbortSignal => new AbortController().signal;
const plan = (...steps: SwitchStep[]) => ({ source: "test", steps, targets: [] });
const run = (stick: FakeStick, ...steps: SwitchStep[]): Promise<void> =>
  makeSwitchMode({ usb: async () => stick.usb, transferMs: 200, settleMs: 0 })(
    { device, plan: plan(...steps) },
    signal(),
  );
const failure = (kind: string) => expect.objectContaining({ failure: expect.objectContaining({ kind }) });
const EJECT: SwitchStep = { method: "standardEject" };
const OPTION = SPECIAL_MODES.option.steps[0];
const MESSAGE: SwitchStep = { method: "messages", messages: [`55534243123456702000000080000c85${"01".repeat(15)}`] };

describe("a plan that is taken", () => {
  test("the storage driver is detached, the eject sent, each status read, and everything given back", async () => {
    const stick = new FakeStick();
    await run(stick, EJECT);
    expect(stick.log).toEqual([
      "open",
      "detach 0",
      "claim 0",
      ...["out 1e", "in", "out 1b", "in", "out 1e", "in", "out 1b", "in"],
      "release 0",
      "close",
    ]);
  });

  test("a stick that fails ALLOW MEDIUM REMOVAL is ejected all the same", async () => {
    const stick = new FakeStick({ status: (opcode) => (opcode === 0x1e ? 1 : 0) });
    await run(stick, EJECT);
    expect(stick.log).toContain("out 1b");
    expect(stick.log).not.toContain("attach 0");
  });

  test("it goes as soon as it is ejected, though a message was to follow", async () => {
    const stick = new FakeStick({ vanishAt: "1b" });
    await run(stick, EJECT, MESSAGE);
    expect(stick.log.filter((line) => line.startsWith("out"))).toEqual(["out 1e", "out 1b"]);
  });

  test("the data that a message asks for is read before its status", async () => {
    const stick = new FakeStick();
    await run(stick, MESSAGE);
    expect(stick.log.filter((line) => /^(in|out)/.test(line))).toEqual(["out 85", "in", "in"]);
  });

  test("a status left over from the kernel's driver is not taken for ours", async () => {
    const stick = new FakeStick({ leftovers: ["55534253090000000000000001", "00".repeat(36)] });
    await run(stick, OPTION);
    expect(stick.log.filter((line) => /^(in|out)/.test(line))).toEqual(["out 01", "in", "in", "in"]);
  });

  test("an endpoint that is halted once is cleared and used again", async () => {
    const stick = new FakeStick({ stalls: 1 });
    await run(stick, ...SPECIAL_MODES.huaweiNew.steps);
    expect(stick.log.slice(3, 6)).toEqual(["out stalled", "clear out 2", "out 00"]);
  });

  test("the old Huawei way is one control request, for which nothing is detached", async () => {
    const stick = new FakeStick();
    await run(stick, ...SPECIAL_MODES.huawei.steps);
    expect(stick.log).toEqual(["open", "control standard device 3 1 0", "close"]);
  });

  test("before another configuration is selected, every interface is freed", async () => {
    const stick = new FakeStick();
    await run(stick, { method: "configuration", value: 2 });
    expect(stick.log).toEqual(["open", "detach 0", "detach 1", "configuration 2", "close"]);
  });
});

describe("requests of the special modes", () => {
  test("Kobil: the driver goes first, then eight bytes are asked for", async () => {
    const stick = new FakeStick();
    await run(stick, ...SPECIAL_MODES.kobil.steps);
    expect(stick.log).toEqual(["open", "detach 0", "detach 1", "control vendor device 136 0 0 asks for 8", "close"]);
  });

  test("GCT: a request to the interface needs the interface, and its first one may be refused", async () => {
    const stick = new FakeStick({ refuses: [0xa0] });
    await run(stick, ...SPECIAL_MODES.gct.steps);
    expect(stick.log.slice(3)).toEqual([
      "detach 0",
      "claim 0",
      "control class interface 160 0 0 asks for 1",
      "control class interface 254 0 0 asks for 1",
      "release 0",
      "close",
    ]);
  });

  test("GCT: its second one may not, and the storage gets its drivers back", async () => {
    const stick = new FakeStick({ refuses: [0xfe] });
    await expect(run(stick, ...SPECIAL_MODES.gct.steps)).rejects.toEqual(failure("SwitchRefused"));
    expect(stick.log.slice(-4)).toEqual(["release 0", "attach 0", "attach 1", "close"]);
  });

  test("Sierra: a refusal is no failure, for it may be on its way", async () => {
    await run(new FakeStick({ refuses: [0x0b] }), ...SPECIAL_MODES.sierra.steps);
  });

  test("Kobil: a refusal is one", async () => {
    const stick = new FakeStick({ refuses: [0x88] });
    await expect(run(stick, ...SPECIAL_MODES.kobil.steps)).rejects.toEqual(failure("SwitchRefused"));
  });

  test("a modem that changes by itself keeps its drivers off", async () => {
    const stick = new FakeStick();
    await run(stick, { method: "detach" });
    expect(stick.log).toEqual(["open", "detach 0", "detach 1", "close"]);
  });

  test("what is for the program is taken from the drivers first, and given back when the program fails", async () => {
    const stick = new FakeStick();
    const step = { method: "program", setting: "NewMode", entry: {} } as const;
    await run(stick, { ...step, program: "/bin/true" });
    expect(stick.log).toEqual(["open", "detach 0", "detach 1", "close"]);
    await expect(run(stick, { ...step, program: "/bin/false" })).rejects.toEqual(failure("SwitchRefused"));
    expect(stick.log.slice(-3)).toEqual(["attach 0", "attach 1", "close"]);
  });

  test("it is held for as long as the plan says, but not beyond an abort", async () => {
    const stick = new FakeStick();
    const stop = new AbortController();
    const switchMode = makeSwitchMode({ usb: async () => stick.usb, transferMs: 200, settleMs: 0 });
    const going = switchMode({ device, plan: plan(OPTION, { method: "wait", ms: 8_000 }) }, stop.signal);
    setTimeout(() => {
      expect(stick.log.at(-1)).toBe("in");
      stop.abort(new Error("stopped"));
    }, 60);
    await expect(going).rejects.toThrow();
    expect(stick.log.slice(-3)).toEqual(["release 0", "attach 0", "close"]);
  });
});

describe("a plan that is not taken", () => {
  test("a stick that is gone before is told so", async () => {
    await expect(run(new FakeStick({ present: false }), EJECT)).rejects.toEqual(failure("DeviceGone"));
  });

  test("a stick that goes before anything could switch it is gone, not switched", async () => {
    await expect(run(new FakeStick({ vanishAt: "1e" }), EJECT)).rejects.toEqual(failure("DeviceGone"));
  });

  test("a stick that takes no message is refused and gets its storage driver back", async () => {
    const stick = new FakeStick({ stalls: 99 });
    await expect(run(stick, OPTION)).rejects.toEqual(failure("SwitchRefused"));
    expect(stick.log.slice(-3)).toEqual(["release 0", "attach 0", "close"]);
  });

  test("a storage device that fails the message keeps its driver", async () => {
    const stick = new FakeStick({ status: () => 1 });
    await run(stick, OPTION);
    expect(stick.log.slice(-3)).toEqual(["release 0", "attach 0", "close"]);
  });

  test("a stick that never answers is given up in bounded time and gets its driver back", async () => {
    const stick = new FakeStick({ silent: true });
    await run(stick, OPTION);
    expect(stick.log.slice(-3)).toEqual(["release 0", "attach 0", "close"]);
  });

  test("an endpoint that it has not is unsupported", async () => {
    const step: SwitchStep = { method: "messages", messages: ["00"], endpoint: 5 };
    await expect(run(new FakeStick(), step)).rejects.toEqual(failure("SwitchUnsupported"));
  });

  test("after an abort nothing more is sent, and the stick is released", async () => {
    const stop = new AbortController();
    const stick = new FakeStick({
      status: () => {
        stop.abort(new Error("stopped"));
        return 0;
      },
    });
    const switchMode = makeSwitchMode({ usb: async () => stick.usb, transferMs: 200, settleMs: 0 });
    await expect(switchMode({ device, plan: plan(EJECT) }, stop.signal)).rejects.toThrow("stopped");
    expect(stick.log.slice(3)).toEqual(["out 1e", "in", "release 0", "attach 0", "close"]);
  });
});
