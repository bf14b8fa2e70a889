import { FailureError } from "../../machines/failure.ts";
import type { SwitchStep } from "../rules/types.ts";
import { encodeCommandBlock } from "./bulk-only.ts";

/** One thing to do on the bus. */
export type SwitchAction =
  | {
      readonly kind: "bulk";
      /** For error messages. */
      readonly name: string;
      readonly message: Uint8Array;
      /** Number of the bulk OUT endpoint; null: the storage interface's. */
      readonly endpoint: number | null;
      /** False for one that only prepares: a device does not change its mode by it. */
      readonly switches: boolean;
    }
  | { readonly kind: "huaweiControl"; readonly name: string }
  | { readonly kind: "configuration"; readonly name: string; readonly value: number };

/** PREVENT ALLOW MEDIUM REMOVAL with PREVENT = 0 (SPC-3, 6.13). */
const ALLOW_REMOVAL = [0x1e, 0, 0, 0, 0, 0];
/** START STOP UNIT with LOEJ = 1, START = 0: eject (SBC-3, 5.25; MMC-6, 6.42). */
const EJECT = [0x1b, 0, 0, 0, 0x02, 0];

/** usb_modeswitch's HuaweiNewMode=1 (device_reference.txt, and the program of 2.2.0 and later). */
const HUAWEI_NEW = "55534243123456780000000000000011062000000101000100000000000000";
/** usb_modeswitch's OptionMode=1 (usb_modeswitch 2.2.0 and later): SCSI REZERO UNIT, opcode 01. */
const OPTION = "55534243123456780000000000000601000000000000000000000000000000";

/** usb_modeswitch takes messages up to 2 KiB (usb_modeswitch.c, LINE_DIM and BUF_SIZE); so long none is known. */
const LONGEST_MESSAGE = 1024;

/**
 * What a step of a plan does on the bus, in order.
 * Throws SwitchUnsupported for a message that is no hexadecimal text or a number out of range.
 */
export function actionsOf(step: SwitchStep): readonly SwitchAction[] {
  switch (step.method) {
    case "standardEject":
      // Both logical units, as usb_modeswitch does since 2.4.0: some D-Link sticks keep the disc on the second.
      return [0, 1].flatMap((lun): SwitchAction[] => [
        bulk(`ALLOW MEDIUM REMOVAL of unit ${lun}`, scsi(0x101 + lun, lun, ALLOW_REMOVAL), null, false),
        bulk(`START STOP UNIT (eject) of unit ${lun}`, scsi(0x201 + lun, lun, EJECT)),
      ]);
    case "messages":
      return step.messages.map((hex, index) =>
        bulk(`message ${index + 1} of ${step.messages.length}`, fromHex(hex), step.endpoint ?? null),
      );
    case "huawei":
      return [{ kind: "huaweiControl", name: "the Huawei control request" }];
    case "huaweiNew":
      return [bulk("the Huawei message", fromHex(HUAWEI_NEW))];
    case "option":
      return [bulk("the Option message", fromHex(OPTION))];
    case "configuration":
      if (!Number.isInteger(step.value) || step.value < 1 || step.value > 255) {
        throw new FailureError("SwitchUnsupported", `there is no USB configuration ${step.value}`);
      }
      return [{ kind: "configuration", name: `selecting configuration ${step.value}`, value: step.value }];
  }
}

function bulk(name: string, message: Uint8Array, endpoint: number | null = null, switches = true): SwitchAction {
  return { kind: "bulk", name, message, endpoint, switches };
}

function scsi(tag: number, lun: number, command: readonly number[]): Uint8Array {
  return encodeCommandBlock({ tag, dataLength: 0, direction: "out", lun, command: Uint8Array.from(command) });
}

function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || hex.length > 2 * LONGEST_MESSAGE) {
    throw new FailureError("SwitchUnsupported", "a switch message is no hexadecimal text of a sensible length");
  }
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
