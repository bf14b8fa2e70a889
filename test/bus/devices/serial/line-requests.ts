import type { SetupPacket } from "../../usbip/setup-packet.ts";

/** SET_CONTROL_LINE_STATE and GET_LINE_CODING (USB CDC PSTN 1.2, 6.3); `option` uses the first as well. */
export const SET_CONTROL_LINE_STATE = 0x22;
const GET_LINE_CODING = 0x21;
const LINE_CODING_115200_8N1 = Buffer.from([0x00, 0xc2, 0x01, 0x00, 0x00, 0x00, 0x08]);

/** Answers a class request to a serial port as if it had been carried out. */
export function acknowledgeLineRequest(setup: SetupPacket): Buffer {
  return setup.request === GET_LINE_CODING ? LINE_CODING_115200_8N1 : Buffer.alloc(0);
}
