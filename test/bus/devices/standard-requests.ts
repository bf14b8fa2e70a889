import { requestRecipient, type SetupPacket } from "../usbip/setup-packet.ts";
import type { Identity } from "./description.ts";
import { descriptor } from "./descriptors.ts";
import { KEYBOARD_REPORT_DESCRIPTOR } from "./hid-keyboard.ts";

/** bRequest (USB 2.0, table 9-4). */
const GET_STATUS = 0;
const GET_DESCRIPTOR = 6;
const GET_CONFIGURATION = 8;
export const SET_CONFIGURATION = 9;
const GET_INTERFACE = 10;

const HID_REPORT_DESCRIPTOR = 0x22;

/**
 * Answers a standard request from the descriptors (USB 2.0, 9.4); null stalls. Everything that sets something
 * (features, configuration, alternate setting) is acknowledged. SET_ADDRESS is vhci's own affair and never arrives.
 */
export function answerStandardRequest(identity: Identity, configuration: number, setup: SetupPacket): Buffer | null {
  switch (setup.request) {
    case GET_STATUS:
      return Buffer.from([identity.selfPowered === true && requestRecipient(setup) === "device" ? 1 : 0, 0]);
    case GET_DESCRIPTOR:
      return requestRecipient(setup) === "interface" && setup.value >> 8 === HID_REPORT_DESCRIPTOR
        ? KEYBOARD_REPORT_DESCRIPTOR
        : descriptor(identity, setup.value);
    case GET_CONFIGURATION:
      return Buffer.from([configuration]);
    case GET_INTERFACE:
      return Buffer.from([0]);
    default:
      return Buffer.alloc(0);
  }
}
