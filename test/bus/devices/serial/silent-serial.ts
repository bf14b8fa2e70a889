import type { UsbFunction } from "../usb-function.ts";
import { acknowledgeLineRequest } from "./line-requests.ts";

/** A port that takes everything and says nothing. */
export const silentSerial: UsbFunction = {
  out: () => undefined,
  control: (setup) => acknowledgeLineRequest(setup),
};
