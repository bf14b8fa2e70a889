import type { SetupPacket } from "../usbip/setup-packet.ts";
import type { UsbFunction } from "./usb-function.ts";

/** The boot keyboard's report descriptor: 8 modifier bits, a spare byte, 5 LEDs, 6 key codes (HID 1.11, appendix B.1). */
export const KEYBOARD_REPORT_DESCRIPTOR = Buffer.from([
  ...[0x05, 0x01, 0x09, 0x06, 0xa1, 0x01],
  ...[0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02],
  ...[0x95, 0x01, 0x75, 0x08, 0x81, 0x01],
  ...[0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03, 0x91, 0x01],
  ...[0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00],
  0xc0,
]);

/** The HID descriptor that goes into the configuration (HID 1.11, 6.2.1). */
export const KEYBOARD_HID_DESCRIPTOR = Buffer.from([
  9,
  0x21,
  0x11,
  1,
  0,
  1,
  0x22,
  KEYBOARD_REPORT_DESCRIPTOR.length,
  0,
]);

const GET_REPORT = 1;
const GET_IDLE = 2;
const GET_PROTOCOL = 3;

/** A keyboard on which nobody types: its interrupt endpoint never answers. */
export const idleKeyboard: UsbFunction = {
  control(setup: SetupPacket): Buffer {
    switch (setup.request) {
      case GET_REPORT:
        return Buffer.alloc(8);
      case GET_IDLE:
        return Buffer.from([0]);
      case GET_PROTOCOL:
        return Buffer.from([1]);
      default: // SET_REPORT (the LEDs), SET_IDLE, SET_PROTOCOL
        return Buffer.alloc(0);
    }
  },
};
