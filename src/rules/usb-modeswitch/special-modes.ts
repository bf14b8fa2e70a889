import type { SwitchStep } from "../types.ts";

/**
 * usb_modeswitch's special modes as steps, by the names that our rules call them.
 *
 * Facts from usb_modeswitch: request numbers, bytes, order and waits are those of the function `switch<Name>Mode` in
 * usb_modeswitch.c (2.3.0), the bulk messages those of its `main`; release 2.6.1 sends the same, and HuaweiAltMode is its.
 * A driver is detached where it does so, and a refusal passed over where it goes on after one.
 */
export const SPECIAL_MODES = {
  huawei: { setting: "HuaweiMode", steps: [control(0x00, 0x03, 0x0001)] },
  huaweiNew: {
    setting: "HuaweiNewMode",
    steps: [message("55534243123456780000000000000011062000000101000100000000000000")],
  },
  huaweiAlt: {
    setting: "HuaweiAltMode",
    steps: [message("55534243123456780000000000000011063000000000010000000000000000")],
  },
  option: { setting: "OptionMode", steps: [message("55534243123456780000000000000601000000000000000000000000000000")] },
  // A stall may come from a stick that is on its way all the same.
  sierra: { setting: "SierraMode", steps: [control(0x40, 0x0b, 0x0001, { mayFail: true })] },
  sequans: { setting: "SequansMode", steps: [control(0x40, 0x0b, 0x0002)] },
  qisda: { setting: "QisdaMode", steps: [control(0x40, 0x04, 0x0000, { data: "058c0408a0ee20005c01040898cdeabf" })] },
  quanta: { setting: "QuantaMode", steps: [control(0xc0, 0xff, 0x0000, { length: 0 })] },
  kobil: { setting: "KobilMode", steps: [detach(), control(0xc0, 0x88, 0x0000, { length: 8 })] },
  gct: {
    setting: "GCTMode",
    steps: [
      detach(),
      control(0xa1, 0xa0, 0x0000, { length: 1, mayFail: true }),
      control(0xa1, 0xfe, 0x0000, { length: 1 }),
    ],
  },
  blackberry: {
    setting: "BlackberryMode",
    steps: [
      detach(),
      control(0xc0, 0xb1, 0x0000, { length: 8, mayFail: true }),
      control(0xc0, 0xa9, 0x000e, { length: 2 }),
    ],
  },
  /** Asked of the storage, and again of what comes back; see identify-by-database.ts. */
  sony: { setting: "SonyMode", steps: [detach(), control(0xc0, 0x11, 0x0002, { length: 3 })] },
  cisco: {
    setting: "CiscoMode",
    steps: [
      message(
        "55534243f83bcd810002000080000afd000000030000000100000000000000",
        "55534243984300820002000080000afd000000070000000100000000000000",
        "55534243984300820000000000000afd000100071000000000000000000000",
        "55534243984300820002000080000afd000200230000000100000000000000",
        "55534243984300820000000000000afd000300238200000000000000000000",
        "55534243984300820002000080000afd000200260000000100000000000000",
        "55534243984300820000000000000afd00030026c800000000000000000000",
        "55534243d84c04820002000080000afd000010730000000100000000000000",
        "55534243d84c04820002000080000afd000200240000000100000000000000",
        "55534243d84c04820000000000000afd000300241300000000000000000000",
        "55534243d84c04820000000000000afd000110732400000000000000000000",
      ),
      { method: "wait", ms: 2000 },
    ],
  },
} as const satisfies Record<string, { readonly setting: string; readonly steps: readonly SwitchStep[] }>;

/** PantechMode's number chooses what the modem becomes; at 1 it changes by itself once no driver holds it. */
export function pantechSteps(number: number): readonly SwitchStep[] {
  return number > 1 ? [detach(), control(0x40, 0x70, number)] : [detach()];
}

function message(...messages: readonly string[]): SwitchStep {
  return { method: "messages", messages };
}

function detach(): SwitchStep {
  return { method: "detach" };
}

function control(
  requestType: number,
  request: number,
  value: number,
  more: { readonly data?: string; readonly length?: number; readonly mayFail?: true } = {},
): SwitchStep {
  return { method: "control", requestType, request, value, index: 0, ...more };
}
