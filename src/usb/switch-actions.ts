import { FailureError } from "../../machines/failure.ts";
import type { ControlStep, ProgramStep, SwitchStep } from "../rules/types.ts";
import { encodeCommandBlock } from "./bulk-only.ts";
import type { ControlSetup } from "./node-usb.ts";

/** One thing to do on the bus; `name` is for error messages. */
export type SwitchAction =
  | {
      readonly kind: "bulk";
      readonly name: string;
      readonly message: Uint8Array;
      /** Number of the bulk OUT endpoint; null: the storage interface's. */
      readonly endpoint: number | null;
      /** False for one that only prepares: a device does not change its mode by it. */
      readonly switches: boolean;
    }
  | {
      readonly kind: "control";
      readonly name: string;
      readonly setup: ControlSetup;
      /** What goes out with it, or how many bytes are asked for. */
      readonly data: Uint8Array | number;
      readonly mayFail: boolean;
    }
  | { readonly kind: "configuration"; readonly name: string; readonly value: number }
  | { readonly kind: "detach"; readonly name: string }
  | { readonly kind: "wait"; readonly name: string; readonly ms: number }
  | { readonly kind: "program"; readonly name: string; readonly step: ProgramStep };

/** PREVENT ALLOW MEDIUM REMOVAL with PREVENT = 0 (SPC-3, 6.13). */
const ALLOW_REMOVAL = [0x1e, 0, 0, 0, 0, 0];
/** START STOP UNIT with LOEJ = 1, START = 0: eject (SBC-3, 5.25; MMC-6, 6.42). */
const EJECT = [0x1b, 0, 0, 0, 0x02, 0];

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
    case "control":
      return [control(step)];
    case "configuration":
      if (!Number.isInteger(step.value) || step.value < 1 || step.value > 255) {
        throw new FailureError("SwitchUnsupported", `there is no USB configuration ${step.value}`);
      }
      return [{ kind: "configuration", name: `selecting configuration ${step.value}`, value: step.value }];
    case "detach":
      return [{ kind: "detach", name: "taking it from the kernel's drivers" }];
    case "wait":
      return [{ kind: "wait", name: `waiting for ${step.ms} ms`, ms: step.ms }];
    case "program":
      return [{ kind: "program", name: `usb_modeswitch's ${step.setting}`, step }];
  }
}

function bulk(name: string, message: Uint8Array, endpoint: number | null = null, switches = true): SwitchAction {
  return { kind: "bulk", name, message, endpoint, switches };
}

function scsi(tag: number, lun: number, command: readonly number[]): Uint8Array {
  return encodeCommandBlock({ tag, dataLength: 0, direction: "out", lun, command: Uint8Array.from(command) });
}

/** bmRequestType's bits 5–6 and 0–4 (USB 2.0, table 9-2). */
const TYPES = ["standard", "class", "vendor"] as const;
const RECIPIENTS = ["device", "interface", "endpoint", "other"] as const;

function control(step: ControlStep): SwitchAction {
  const { request, value, index, mayFail = false } = step;
  const requestType = TYPES[(step.requestType >> 5) & 3];
  const recipient = RECIPIENTS[step.requestType & 0x1f];
  if (requestType === undefined || recipient === undefined) {
    throw new FailureError("SwitchUnsupported", `there is no control request of type ${step.requestType}`);
  }
  const isIn = (step.requestType & 0x80) !== 0;
  const outgoing = step.data === undefined ? new Uint8Array() : fromHex(step.data);
  return {
    kind: "control",
    name: `the control request ${step.requestType.toString(16)} ${request.toString(16)}`,
    setup: { requestType, recipient, request, value, index },
    data: isIn ? (step.length ?? 0) : outgoing,
    mayFail,
  };
}

function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || hex.length > 2 * LONGEST_MESSAGE) {
    throw new FailureError("SwitchUnsupported", "a switch message is no hexadecimal text of a sensible length");
  }
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
